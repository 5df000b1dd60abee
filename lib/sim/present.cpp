#include "sim/present.hpp"

namespace alidade {

outcome require_sim(std::string_view) { return {}; }

} // namespace alidade
