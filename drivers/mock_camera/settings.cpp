#include "mock_camera/settings.hpp"

#include <cmath>

namespace mock_camera {

hardware::hardware(const drivers::options &given)
    : width(static_cast<std::int32_t>(given.integer("width"))),
      height(static_cast<std::int32_t>(given.integer("height"))),
      optics(given.text("pattern") == "optics"), bench(given.text("bench")),
      seed(static_cast<std::uint64_t>(given.integer("seed"))),
      read_noise(given.number("read_noise")), dark_current(given.number("dark_current")),
      full_well(given.number("full_well")), readout_time(given.number("readout_time")),
      cooling_time(given.number("cooling_time")), external_rate(given.number("external_rate")),
      waits(given.flag("waits")), lose(given.integer("lose")), garble(given.integer("garble")),
      disconnect_after(given.integer("disconnect_after")) {}

settings::settings(const drivers::options &given, const hardware &made)
    : exposure(given.number("exposure")), gain(given.number("gain")),
      offset(given.number("offset")), frame_rate(given.number("frame_rate")),
      bit_depth(static_cast<std::int32_t>(given.integer("bit_depth"))), roi{0, 0, made.width,
                                                                            made.height},
      trigger(given.text("trigger_mode")) {}

double cooler::temperature(std::int64_t t_mono_ns) const noexcept {
    const double goal = on_ ? target_ : ambient;
    const double passed = static_cast<double>(t_mono_ns - since_ns_) * 1e-9;
    return goal + (from_ - goal) * std::exp(-passed / time_constant_s_);
}

void cooler::set(bool on, double target, std::int64_t t_mono_ns) noexcept {
    from_ = temperature(t_mono_ns);
    since_ns_ = t_mono_ns;
    on_ = on;
    target_ = target;
}

} // namespace mock_camera
