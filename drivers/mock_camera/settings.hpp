// Settings of the camera, and its hardware.
#pragma once

#include "support/host.hpp"

#include <mutex>

namespace mock_camera {

struct region {
    std::int32_t x, y, width, height;
};

// Hardware that the options describe, for good.
struct hardware {
    explicit hardware(const drivers::options &given);

    std::int32_t width, height;
    bool optics; // the bench's picture, not the gradient
    std::string bench;
    std::uint64_t seed;
    double read_noise, dark_current, full_well; // electrons; dark current per second, at 20 Cel
    double readout_time;                        // seconds
    double cooling_time;                        // seconds; time constant
    double external_rate;                       // Hz
    bool waits;                                 // for lossless streams
    std::int64_t lose, garble, disconnect_after;
};

// Settings that properties change.
struct settings {
    settings(const drivers::options &given, const hardware &made);

    double exposure; // seconds
    double gain;     // counts per electron
    double offset;   // counts
    double frame_rate;
    std::int32_t bit_depth;
    std::int32_t binning = 1;
    region roi;
    bool fast = false;
    bool flat = false;
    bool rising = true;
    std::string shutter = "auto";
    std::string trigger;
    std::string output_lines = "none";
};

// The temperature of the sensor: it approaches its target exponentially.
class cooler {
public:
    explicit cooler(double time_constant_s) noexcept : time_constant_s_(time_constant_s) {}

    [[nodiscard]] double temperature(std::int64_t t_mono_ns) const noexcept;
    void set(bool on, double target, std::int64_t t_mono_ns) noexcept;
    [[nodiscard]] bool on() const noexcept { return on_; }
    [[nodiscard]] double target() const noexcept { return target_; }

private:
    static constexpr double ambient = 22;
    double time_constant_s_;
    bool on_ = false;
    double target_ = -20;
    double from_ = ambient;
    std::int64_t since_ns_ = 0;
};

} // namespace mock_camera
