// Quantities of a bench, by name.
#pragma once

#include "base/value/schema.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace alidade::bench_table {

enum class axis : std::size_t { waveplate, stage_x, stage_y, stage_z };
inline constexpr std::size_t axis_count = 4;
inline constexpr std::array<const char *, axis_count> axis_names{"waveplate", "stage/x", "stage/y",
                                                                 "stage/z"};

// Numbers that can be set, in the order of the table.
enum class setting : std::size_t {
    laser_power,
    laser_wavelength,
    laser_noise,
    shutter,
    waveplate_zero,
    polarizer_angle,
    polarizer_extinction,
    polarizer_transmission,
    beam_centre,
    beam_radius,
    background,
    objective_magnification,
    objective_aperture,
    sample_focus,
    camera_pixel,
    camera_sensitivity,
};
inline constexpr std::size_t setting_count = 16;

// Quantities that follow from the others.
enum class reading { power, illumination };

// Quantities of an axis.
enum class axis_reading { position, encoder, velocity };
enum class axis_setting { backlash, min, max, stuck };

struct target {
    enum class kind { setting, reading, axis_reading, axis_setting } what;
    std::size_t number; // of the enumeration
    axis of = axis::waveplate;
};

// Names, units, limits, documentation and initial values of all, in the order of `describe`.
[[nodiscard]] std::span<const schema> schemas();
// NOT_FOUND names the nearest.
[[nodiscard]] result<const schema *> find(std::string_view name);
// Without an error, because it is looked at for every sample.
[[nodiscard]] const target *target_of(std::string_view name) noexcept;
[[nodiscard]] result<axis> find_axis(std::string_view name);

} // namespace alidade::bench_table
