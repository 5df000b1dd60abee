#include "abi/guard.hpp"
