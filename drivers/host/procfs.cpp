#include "procfs.hpp"

#include "text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace host_driver {

namespace {

constexpr std::uint64_t sector = 512; // bytes, in this file whatever the disk's own sector is
constexpr std::uint64_t kilo = 1024;  // "kB" in this file

// Fills `numbers` from the front of a line; false if one is missing or none.
bool take_numbers(std::string_view &line, std::span<std::uint64_t> numbers) noexcept {
    for (std::uint64_t &x : numbers) {
        const auto number = to_unsigned(take_word(line));
        if (!number) {
            return false;
        }
        x = *number;
    }
    return true;
}

// user nice system idle iowait irq softirq steal guest guest_nice; the last two are contained in
// the first two, and old kernels have fewer.
std::optional<cpu_times> take_cpu_times(std::string_view line) noexcept {
    std::array<std::uint64_t, 8> ticks{};
    if (!take_numbers(line, std::span(ticks).first(4))) {
        return std::nullopt;
    }
    for (std::uint64_t &x : std::span(ticks).subspan(4)) {
        const std::string_view word = take_word(line);
        if (word.empty()) {
            break;
        }
        const auto number = to_unsigned(word);
        if (!number) {
            return std::nullopt;
        }
        x = *number;
    }
    cpu_times spent;
    for (const std::uint64_t x : ticks) {
        spent.total += x;
    }
    spent.idle = ticks[3] + ticks[4];
    return spent;
}

bool is_digits(std::string_view text) noexcept {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The kernel names a partition after its disk: "sda1" of "sda", "nvme0n1p1" of "nvme0n1".
bool is_partition_of(std::string_view name, std::string_view disk) noexcept {
    if (disk.empty() || name.size() <= disk.size() || name.substr(0, disk.size()) != disk) {
        return false;
    }
    std::string_view rest = name.substr(disk.size());
    if (disk.back() >= '0' && disk.back() <= '9') {
        if (rest.front() != 'p') {
            return false;
        }
        rest.remove_prefix(1);
    }
    return is_digits(rest);
}

// "loop0", "ram3", "zram0": no disks, though they look like some.
bool is_pretended(std::string_view name) noexcept {
    for (const std::string_view kind : {"loop", "ram", "zram"}) {
        if (name.substr(0, kind.size()) == kind && is_digits(name.substr(kind.size()))) {
            return true;
        }
    }
    return false;
}

} // namespace

result<stat_sample> parse_stat(std::string_view text, std::string_view file) {
    stat_sample sample;
    bool all_found = false;
    lines in(text, file);
    while (in.next()) {
        std::string_view rest = in.line();
        const std::string_view key = take_word(rest);
        if (key.substr(0, 3) != "cpu") {
            break; // the processors come first; what follows is long on large machines
        }
        if (!in.ended()) {
            return in.cut_off();
        }
        const auto spent = take_cpu_times(rest);
        if (!spent) {
            return in.malformed("expected at least four counts of ticks");
        }
        if (key == "cpu") {
            sample.all = *spent;
            all_found = true;
            continue;
        }
        const auto number = to_int(key.substr(3));
        if (!number || *number < 0) {
            return in.malformed("expected 'cpu' and a number");
        }
        sample.cores.emplace_back(*number, *spent);
    }
    if (!all_found) {
        return in.malformed("there is no line 'cpu'");
    }
    return sample;
}

result<memory_sample> parse_meminfo(std::string_view text, std::string_view file) {
    std::optional<std::uint64_t> total, available, free, buffers, cached, swap_total, swap_free;
    const std::array wanted{
        std::pair(std::string_view("MemTotal:"), &total),
        std::pair(std::string_view("MemAvailable:"), &available),
        std::pair(std::string_view("MemFree:"), &free),
        std::pair(std::string_view("Buffers:"), &buffers),
        std::pair(std::string_view("Cached:"), &cached),
        std::pair(std::string_view("SwapTotal:"), &swap_total),
        std::pair(std::string_view("SwapFree:"), &swap_free),
    };
    lines in(text, file);
    while (in.next()) {
        std::string_view rest = in.line();
        const std::string_view key = take_word(rest);
        const auto *const known = std::find_if(wanted.begin(), wanted.end(),
                                               [&](const auto &w) { return w.first == key; });
        if (!in.ended()) {
            return in.cut_off();
        }
        if (known == wanted.end()) {
            continue;
        }
        const auto number = to_unsigned(take_word(rest));
        const auto bytes = number ? times(*number, kilo) : std::nullopt;
        if (!bytes || take_word(rest) != "kB") {
            return in.malformed("expected a number and kB");
        }
        *known->second = *bytes;
    }
    if (!available && free) { // before Linux 3.14: the same by estimate
        available = *free + buffers.value_or(0) + cached.value_or(0);
    }
    if (!total || !available) {
        return in.malformed("MemTotal or MemAvailable is missing");
    }
    return memory_sample{*total, *available, swap_total.value_or(0), swap_free.value_or(0)};
}

result<std::vector<disk_counters>> parse_diskstats(std::string_view text, std::string_view file) {
    std::vector<disk_counters> all;
    lines in(text, file);
    while (in.next()) {
        if (!in.ended()) {
            return in.cut_off();
        }
        std::string_view rest = in.line();
        std::array<std::uint64_t, 2> numbers{}; // of the device: major, minor
        if (!take_numbers(rest, numbers)) {
            return in.malformed("expected the two numbers of a device");
        }
        const std::string_view name = take_word(rest);
        if (name.empty()) {
            return in.malformed("expected the name of a device");
        }
        // Reads: done, merged, sectors, ms; writes: the same; now under way, ms busy, ms weighted.
        std::array<std::uint64_t, 11> counts{};
        if (!take_numbers(rest, counts)) {
            return in.malformed("expected eleven counts");
        }
        const auto read_bytes = times(counts[2], sector);
        const auto written_bytes = times(counts[6], sector);
        if (!read_bytes || !written_bytes) {
            return in.malformed("a count of sectors is impossibly large");
        }
        all.push_back(
            {std::string(name), counts[0], *read_bytes, counts[4], *written_bytes, counts[9]});
    }
    return all;
}

std::vector<disk_counters> whole_disks(const std::vector<disk_counters> &all) {
    std::vector<disk_counters> whole;
    std::copy_if(all.begin(), all.end(), std::back_inserter(whole), [&](const disk_counters &d) {
        return !is_pretended(d.name) &&
               std::none_of(all.begin(), all.end(), [&](const disk_counters &other) {
                   return is_partition_of(d.name, other.name);
               });
    });
    return whole;
}

result<std::vector<interface_counters>> parse_net_dev(std::string_view text,
                                                      std::string_view file) {
    std::vector<interface_counters> all;
    lines in(text, file);
    for (int heading = 0; heading < 2; ++heading) {
        if (!in.next() || in.line().find('|') == std::string_view::npos) {
            return in.malformed("expected two lines of headings");
        }
    }
    if (!in.ended()) {
        return in.cut_off();
    }
    while (in.next()) {
        if (!in.ended()) {
            return in.cut_off();
        }
        const std::size_t colon = in.line().rfind(':'); // there may be no blank behind it
        if (colon == std::string_view::npos) {
            return in.malformed("expected the name of an interface and a colon");
        }
        const std::string_view name = trimmed(in.line().substr(0, colon));
        if (name.empty()) {
            return in.malformed("expected the name of an interface");
        }
        // Received: bytes packets errs drop fifo frame compressed multicast; sent: bytes packets
        // errs drop fifo colls carrier compressed.
        std::array<std::uint64_t, 16> counts{};
        std::string_view rest = in.line().substr(colon + 1);
        if (!take_numbers(rest, counts)) {
            return in.malformed("expected sixteen counts");
        }
        all.push_back({std::string(name), counts[0], counts[1], counts[2], counts[3], counts[8],
                       counts[9], counts[10], counts[11]});
    }
    return all;
}

result<load_averages> parse_loadavg(std::string_view text, std::string_view file) {
    lines in(text, file);
    if (!in.next()) {
        return in.malformed("the file is empty");
    }
    if (!in.ended()) {
        return in.cut_off();
    }
    std::string_view rest = in.line();
    load_averages averages;
    for (double *x : {&averages.minutes_1, &averages.minutes_5, &averages.minutes_15}) {
        const auto number = to_double(take_word(rest));
        if (!number || *number < 0) {
            return in.malformed("expected three load averages");
        }
        *x = *number;
    }
    return averages;
}

result<double> parse_uptime(std::string_view text, std::string_view file) {
    lines in(text, file);
    if (!in.next()) {
        return in.malformed("the file is empty");
    }
    if (!in.ended()) {
        return in.cut_off();
    }
    std::string_view rest = in.line();
    const auto seconds = to_double(take_word(rest));
    if (!seconds || *seconds < 0) {
        return in.malformed("expected the seconds since boot");
    }
    return *seconds;
}

result<cpu_description> parse_cpuinfo(std::string_view text, std::string_view file) {
    // The model's key, the best first: x86; MIPS; POWER; ARM boards, 32 bits and 64 bits.
    constexpr std::array<std::string_view, 5> keys{"model name", "cpu model", "cpu", "Model",
                                                   "Hardware"};
    std::array<std::string_view, keys.size()> models{};
    cpu_description description;
    int core = -1;
    lines in(text, file);
    while (in.next()) {
        if (!in.ended()) {
            return in.cut_off();
        }
        const std::size_t colon = in.line().find(':');
        if (colon == std::string_view::npos) {
            continue;
        }
        const std::string_view key = trimmed(in.line().substr(0, colon));
        const std::string_view value = trimmed(in.line().substr(colon + 1));
        const auto *const known = std::find(keys.begin(), keys.end(), key);
        if (known != keys.end() && models[static_cast<std::size_t>(known - keys.begin())].empty()) {
            models[static_cast<std::size_t>(known - keys.begin())] = value;
        } else if (key == "processor") {
            core = to_int(value).value_or(-1);
        } else if (key == "cpu MHz") {
            const auto frequency = to_double(value);
            if (!frequency || *frequency < 0) {
                return in.malformed("expected a frequency in MHz");
            }
            if (core >= 0) {
                description.frequencies.emplace_back(core, *frequency);
            }
        }
    }
    for (const std::string_view model : models) {
        if (description.model.empty()) {
            description.model = printable(model);
        }
    }
    return description;
}

} // namespace host_driver
