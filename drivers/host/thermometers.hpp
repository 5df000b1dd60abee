// The temperature sensors that the kernel knows.
#pragma once

#include "machine.hpp"

#include <optional>
#include <string>
#include <vector>

namespace host_driver {

struct thermometer {
    std::string name;             // of the child: "coretemp.Core_0"
    std::string chip;             // "coretemp"
    std::string label;            // "Core 0"
    std::string input;            // file of the temperature, in 1/1000 Cel
    std::string broken;           // file that says 1 when the sensor is broken; "" if there is none
    std::optional<double> high{}; // Cel; above it is too warm
    std::optional<double> critical{}; // Cel; above it the hardware protects itself
};

// In an order that stays the same as long as the hardware does.
[[nodiscard]] std::vector<thermometer> find_thermometers(const machine &m);

// Cel.
struct temperature {
    double value;
    moment when;
};

[[nodiscard]] result<temperature> read_temperature(const machine &m, const thermometer &t);

} // namespace host_driver
