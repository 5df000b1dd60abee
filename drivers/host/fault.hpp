// Names that this driver takes from what drivers share.
#pragma once

#include "support/fault.hpp"

namespace host_driver {

using drivers::done;
using drivers::fault;
using drivers::outcome;
using drivers::result;

} // namespace host_driver
