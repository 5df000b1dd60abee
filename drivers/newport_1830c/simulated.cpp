#include "simulated.hpp"

#include "support/splitter.hpp"
#include "support/table.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <cmath>

namespace newport_1830c {

namespace {

using namespace drivers;

constexpr std::size_t longest_command = 32;
constexpr std::array<int, 3> averaged{16, 4, 1}; // readings in the mean: slow, medium, fast
constexpr int ranges = 8;
constexpr double greatest_power = 10e-3; // full scale of range 8; each range below is a tenth
constexpr double counts = 20000;         // of full scale
constexpr std::int64_t calibrating = 10; // samples that an autocalibration takes

// The bits of the answer to Q?, by the user's manual.
constexpr std::int64_t parameter_error = 1;
constexpr std::int64_t command_error = 2;
constexpr std::int64_t saturated = 4;
constexpr std::int64_t over_range = 8;
constexpr std::int64_t busy = 32;
constexpr std::int64_t reading_ready = 128;

// A number from -1 to 1 that depends on a seed and a place alone.
double even(std::uint64_t seed, std::uint64_t place) {
    std::uint64_t x = seed + (place + 1) * 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
    x ^= x >> 31U;
    return static_cast<double>(x >> 11U) / 4503599627370496.0 - 1;
}

double normal(std::uint64_t seed, std::uint64_t place) {
    double sum = 0; // of twelve even ones: variance 4
    for (std::uint64_t i = 0; i < 12; ++i) {
        sum += even(seed, place * 12 + i);
    }
    return sum / 2;
}

class meter {
public:
    static constexpr const char *domain = "newport-1830c";

    static result<std::unique_ptr<meter>> make(const ald_host &host, ald_link *link,
                                               ald_bench *bench, const options &given) {
        return std::make_unique<meter>(host, link, bench, given);
    }

    meter(const ald_host &host, ald_link *link, ald_bench *bench, const options &given)
        : host_(host), link_(link), bench_(bench), noise_(given.number("noise")),
          floor_(given.number("noise_floor")),
          period_ns_(static_cast<std::int64_t>(1e9 / given.number("rate"))),
          seed_(host.bench_seed(bench, "newport-1830c")), born_ns_(host.mono_ns()),
          wavelength_(static_cast<int>(given.integer("wavelength"))),
          splitter_('\n', "\r", longest_command) {}

    void receive(std::string_view bytes) {
        splitter_.feed(bytes, [this](std::string_view line) {
            const std::string_view text = trimmed(line);
            if (echo_) {
                say(line);
            }
            if (!text.empty()) {
                carry_out(text);
            }
        });
    }

    void wake() {}

private:
    void say(std::string_view text) {
        const std::string sent = std::string(text) + "\n";
        host_.link_send(link_, sent.data(), sent.size());
    }

    void carry_out(std::string_view text) {
        if (text == "C") {
            errors_ = 0;
            read_slot_ = slot_now();
            return;
        }
        if (text == "O") {
            busy_until_ = slot_now() + calibrating;
            return;
        }
        if (text == "S") {
            reference_ = std::max(mean(slot_now()), 1e-15);
            return;
        }
        const char letter = text[0];
        const std::string_view rest = text.substr(1);
        if (rest == "?") {
            ask(letter);
            return;
        }
        const auto x = to_plain_integer(rest);
        if (!x) {
            errors_ |= command_error;
            return;
        }
        set(letter, *x);
    }

    void ask(char letter) {
        switch (letter) {
        case 'D':
            say(shown(mean(slot_now())));
            read_slot_ = slot_now();
            return;
        case 'Q': say(std::to_string(status())); return;
        case 'W': {
            const std::string digits = std::to_string(wavelength_);
            say(std::string(4 - std::min<std::size_t>(digits.size(), 4), '0') + digits);
            return;
        }
        case 'U': say(std::to_string(units_)); return;
        case 'R': say(std::to_string(range(slot_now()))); return;
        case 'F': say(std::to_string(filter_)); return;
        case 'A': say(attenuator_ ? "1" : "0"); return;
        case 'Z': say(zeroed_ ? "1" : "0"); return;
        case 'G': say(held_ < 0 ? "1" : "0"); return;
        case 'E': say(echo_ ? "1" : "0"); return;
        case 'B': say(beep_ ? "1" : "0"); return;
        case 'K': say(std::to_string(lit_)); return;
        case 'L': say(locked_ ? "1" : "0"); return;
        default: errors_ |= command_error; return;
        }
    }

    void set(char letter, std::int64_t x) {
        const auto within = [&](std::int64_t least, std::int64_t greatest) {
            const bool good = x >= least && x <= greatest;
            errors_ |= good ? 0 : parameter_error;
            return good;
        };
        switch (letter) {
        case 'W':
            if (within(200, 1800)) {
                wavelength_ = static_cast<int>(x);
            }
            return;
        case 'U':
            if (within(1, 4)) {
                units_ = static_cast<int>(x);
            }
            return;
        case 'R':
            if (within(0, ranges)) {
                range_ = static_cast<int>(x);
            }
            return;
        case 'F':
            if (within(1, 3)) {
                filter_ = static_cast<int>(x);
            }
            return;
        case 'A':
            if (within(0, 1)) {
                attenuator_ = x == 1;
            }
            return;
        case 'Z':
            if (within(0, 1)) {
                dark_ = x == 1 ? mean(slot_now()) + dark_ : 0;
                zeroed_ = x == 1;
            }
            return;
        case 'G':
            if (within(0, 1)) {
                held_ = x == 1 ? -1 : slot_now();
            }
            return;
        case 'E':
            if (within(0, 1)) {
                echo_ = x == 1;
            }
            return;
        case 'B':
            if (within(0, 1)) {
                beep_ = x == 1;
            }
            return;
        case 'K':
            if (within(0, 2)) {
                lit_ = x;
            }
            return;
        case 'L':
            if (within(0, 1)) {
                locked_ = x == 1;
            }
            return;
        default: errors_ |= command_error; return;
        }
    }

    // It samples at its own rate; a reading is the mean of the last samples.
    [[nodiscard]] std::int64_t slot_now() const {
        return held_ >= 0 ? held_ : (host_.mono_ns() - born_ns_) / period_ns_;
    }
    [[nodiscard]] std::int64_t time_of(std::int64_t slot) const {
        return born_ns_ + slot * period_ns_;
    }
    // The light without noise; before it was switched on there is none to remember.
    [[nodiscard]] double light(std::int64_t slot) const {
        return host_.bench_get(bench_, "power", time_of(std::max<std::int64_t>(slot, 0)));
    }
    [[nodiscard]] double full_scale(int range) const {
        return greatest_power * std::pow(10.0, range - ranges);
    }
    [[nodiscard]] int range(std::int64_t slot) const {
        if (range_ != 0) {
            return range_;
        }
        int found = 1;
        while (found < ranges && light(slot) > full_scale(found)) {
            ++found;
        }
        return found;
    }
    [[nodiscard]] double sample(std::int64_t slot) const {
        const double truth = light(slot);
        const double relative = noise_ * truth;
        const double spread = std::sqrt(relative * relative + floor_ * floor_);
        return truth + spread * normal(seed_, static_cast<std::uint64_t>(slot));
    }
    [[nodiscard]] int samples() const { return averaged.at(static_cast<std::size_t>(filter_ - 1)); }
    [[nodiscard]] double mean(std::int64_t slot) const {
        double sum = 0;
        const int count = samples();
        for (int i = 0; i < count; ++i) {
            sum += sample(slot - i);
        }
        const double full = full_scale(range(slot));
        const double step = full / counts;
        return std::round(std::clamp(sum / count - dark_, -full, 1.1 * full) / step) * step;
    }

    [[nodiscard]] bool flooded(std::int64_t slot) const {
        return light(slot) > 1.1 * greatest_power;
    }
    [[nodiscard]] bool over(std::int64_t slot) const {
        return flooded(slot) || (range_ != 0 && light(slot) > 1.1 * full_scale(range_));
    }
    // A sample in which it has changed its range by itself, or calibrates itself. That its filter
    // still holds samples of another light is no reason.
    [[nodiscard]] bool is_busy(std::int64_t slot) const {
        return slot < busy_until_ || (range_ == 0 && range(slot) != range(slot - 1));
    }
    // By D? or C the reading is no new one any more; and one that is not good never is.
    [[nodiscard]] std::int64_t status() const {
        const std::int64_t now = slot_now();
        const bool ready = now > read_slot_ && !over(now) && !is_busy(now);
        return errors_ | (flooded(now) ? saturated : 0) | (over(now) ? over_range : 0) |
               (is_busy(now) ? busy : 0) | (ready ? reading_ready : 0);
    }

    [[nodiscard]] std::string shown(double watts) const {
        double x = watts;
        if (units_ == 2) {
            x = 10 * std::log10(std::max(watts, 1e-15) / reference_);
        } else if (units_ == 3) {
            x = 10 * std::log10(std::max(watts, 1e-15) / 1e-3);
        } else if (units_ == 4) {
            x = watts / reference_;
        }
        std::string text = units_ == 1 ? to_text(host_, x, ALD_NOTATION_SCIENTIFIC, 4)
                                       : to_text(host_, x, ALD_NOTATION_FIXED, 3);
        std::replace(text.begin(), text.end(), 'e', 'E');
        return text.front() == '-' ? text : "+" + text;
    }

    const ald_host &host_;
    ald_link *link_;
    ald_bench *bench_;
    double noise_;
    double floor_;
    std::int64_t period_ns_;
    std::uint64_t seed_;
    std::int64_t born_ns_;
    int wavelength_;
    splitter splitter_;
    int units_ = 1;
    int range_ = 0;
    int filter_ = 2;
    bool attenuator_ = false;
    bool zeroed_ = false;
    bool echo_ = false;
    bool beep_ = true;
    std::int64_t lit_ = 1;
    bool locked_ = false;
    double dark_ = 0;
    double reference_ = 1e-3;
    std::int64_t held_ = -1;
    std::int64_t read_slot_ = -1; // of the reading that was asked for last
    std::int64_t busy_until_ = -1;
    std::int64_t errors_ = 0;
};

} // namespace

ald_instrument instrument(const ald_host *host) {
    instrument_functions<meter>::host = host;
    static const value noise = make_double(*host, 0.002);
    static const value noise_floor = make_double(*host, 2e-10);
    static const value rate = make_double(*host, 25);
    static const value wavelength = make_int(*host, 633);
    static std::array records{
        option("noise", ALD_TYPE_DOUBLE, "1", "standard deviation of a sample, relative", noise),
        option("noise_floor", ALD_TYPE_DOUBLE, "W", "standard deviation of a sample in the dark",
               noise_floor),
        option("rate", ALD_TYPE_DOUBLE, "Hz", "samples per second", rate),
        option("wavelength", ALD_TYPE_INT, "nm", "at the start", wavelength),
    };
    records[0].min = 0;
    records[0].max = 1;
    records[1].min = 0;
    records[2].min = 1;
    records[2].max = 1000;
    records[3].min = 200;
    records[3].max = 1800;
    return instrument_table<meter>(
        "newport-1830c", "Newport 1830-C power meter with its detector in the bench's beam.",
        records);
}

} // namespace newport_1830c
