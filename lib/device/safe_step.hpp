// Step to the safe state of an instrument.
#pragma once

#include "base/value/schema.hpp"

#include <string>
#include <vector>

namespace alidade {

struct safe_step {
    // Name of the part of the instrument, "" for the instrument itself.
    std::string child{};
    // Sets the property of that name to `argument`, or carries the action of that name out.
    bool sets = false;
    std::string name{};
    value argument{};
    // Seconds; NaN where none is declared.
    double timeout = schema::none;

    // Title for people: "set power", "x: act park".
    [[nodiscard]] std::string title() const;
};

// Steps as they stand in a lab's TOML: a list of maps with set and to, or with act and maybe
// arguments, and maybe child and timeout (in seconds).
[[nodiscard]] result<std::vector<safe_step>> safe_steps_from(const value &declared);
[[nodiscard]] result<safe_step> safe_step_from(const map &keys);

// The keys of one of these maps.
[[nodiscard]] const std::vector<schema> &safe_step_keys();

} // namespace alidade
