// Drivers from libraries outside the tree.
#pragma once

#include "base/text/settings.hpp"

namespace alidade {

// Loads one driver; a file that was loaded already changes nothing. Drivers stay for the life of
// the process.
[[nodiscard]] outcome load_driver(const std::string &file);

// Loads what the folders of ALIDADE_DRIVER_PATH hold; what fails goes to the log.
void load_drivers_of_environment();

// Loads what the table [drivers] names: folders and files, relative to the settings' own file.
[[nodiscard]] outcome load_drivers_of(const settings &s);

} // namespace alidade
