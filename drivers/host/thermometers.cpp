#include "thermometers.hpp"

#include "text.hpp"

#include <algorithm>
#include <filesystem>
#include <tuple>

namespace host_driver {

namespace {

namespace fs = std::filesystem;

constexpr double absolute_zero = -273.15;
constexpr double hottest = 1000; // no chip is hotter: the number is none

// The number in names like "temp12_input" and "hwmon3".
std::optional<int> number_between(std::string_view name, std::string_view before,
                                  std::string_view behind) noexcept {
    if (name.size() <= before.size() + behind.size() || name.substr(0, before.size()) != before ||
        name.substr(name.size() - behind.size()) != behind) {
        return std::nullopt;
    }
    name.remove_prefix(before.size());
    name.remove_suffix(behind.size());
    const auto number = to_int(name);
    return number && *number >= 0 ? number : std::nullopt;
}

// Numbers of the entries of a directory whose names fit, ascending; none if it cannot be read.
std::vector<int> numbers_in(const std::string &directory, std::string_view before,
                            std::string_view behind) {
    std::vector<int> numbers;
    std::error_code error;
    for (fs::directory_iterator it(directory, error), end; !error && it != end;
         it.increment(error)) {
        if (const auto n = number_between(it->path().filename().native(), before, behind)) {
            numbers.push_back(*n);
        }
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

struct chip {
    std::string name;
    std::string device; // where the hardware sits; chips are numbered as they happen to be found
    int number;
    std::string directory;
};

std::vector<chip> find_chips(const machine &m) {
    std::vector<chip> chips;
    const std::string all = m.path("sys/class/hwmon");
    for (const int number : numbers_in(all, "hwmon", "")) {
        const std::string directory = all + "/hwmon" + std::to_string(number);
        std::error_code error;
        const fs::path real = fs::canonical(directory, error);
        const std::string name = m.line(directory + "/name").value_or("");
        chips.push_back({name.empty() ? "hwmon" : name,
                         error ? std::string() : real.parent_path().native(), number, directory});
    }
    std::sort(chips.begin(), chips.end(), [](const chip &a, const chip &b) {
        return std::tie(a.name, a.device, a.number) < std::tie(b.name, b.device, b.number);
    });
    return chips;
}

std::optional<double> celsius(std::optional<std::int64_t> thousandths) noexcept {
    if (!thousandths) {
        return std::nullopt;
    }
    const double x = static_cast<double>(*thousandths) / 1000;
    return x >= absolute_zero && x <= hottest ? std::optional<double>(x) : std::nullopt;
}

void add_chip(const machine &m, const chip &c, std::vector<thermometer> &found) {
    for (const int number : numbers_in(c.directory, "temp", "_input")) {
        const std::string sensor = c.directory + "/temp" + std::to_string(number);
        const std::string label = m.line(sensor + "_label").value_or("");
        thermometer t;
        t.chip = c.name;
        t.label = label.empty() ? "temp" + std::to_string(number) : label;
        t.name = child_name(t.chip + "." + t.label);
        t.input = sensor + "_input";
        t.broken = m.integer(sensor + "_fault") ? sensor + "_fault" : "";
        t.high = celsius(m.integer(sensor + "_max"));
        t.critical = celsius(m.integer(sensor + "_crit"));
        found.push_back(std::move(t));
    }
}

// The kernel shows most zones a second time as a chip of the same name, "-" replaced by "_".
bool is_chip_too(std::string zone, const std::vector<chip> &chips) {
    std::replace(zone.begin(), zone.end(), '-', '_');
    return std::any_of(chips.begin(), chips.end(), [&](const chip &c) { return c.name == zone; });
}

void add_zones(const machine &m, const std::vector<chip> &chips, std::vector<thermometer> &found) {
    const std::string all = m.path("sys/class/thermal");
    for (const int number : numbers_in(all, "thermal_zone", "")) {
        const std::string zone = all + "/thermal_zone" + std::to_string(number);
        const std::string type = m.line(zone + "/type").value_or("");
        std::error_code error;
        if (is_chip_too(type, chips) || !fs::exists(zone + "/temp", error)) {
            continue;
        }
        thermometer t;
        t.chip = "thermal";
        t.label = type.empty() ? "zone" + std::to_string(number) : type;
        t.name = child_name(t.chip + "." + t.label);
        t.input = zone + "/temp";
        found.push_back(std::move(t));
    }
}

} // namespace

std::vector<thermometer> find_thermometers(const machine &m) {
    std::vector<thermometer> found;
    const std::vector<chip> chips = find_chips(m);
    for (const chip &c : chips) {
        add_chip(m, c, found);
    }
    add_zones(m, chips, found);
    return found;
}

result<temperature> read_temperature(const machine &m, const thermometer &t) {
    if (!t.broken.empty() && m.integer(t.broken) == 1) {
        return fault{ALD_E_IO, t.label + " of " + t.chip + " reports that it is broken"};
    }
    const auto file = m.read(t.input);
    if (!file) {
        return file.error();
    }
    const auto value = celsius(to_signed(trimmed(file->text)));
    if (!value) {
        return fault{ALD_E_PROTOCOL, printable(t.input + ":1: expected thousandths of Cel between "
                                                         "-273150 and 1000000")};
    }
    return temperature{*value, file->when};
}

} // namespace host_driver
