// The drivers that are part of the library, and what they get of the C interface.
#pragma once

namespace alidade {

// Makes the drivers of this library and of ALIDADE_DRIVER_PATH known; once in a process.
void load_builtin_drivers();

} // namespace alidade
