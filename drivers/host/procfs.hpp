// The kernel's text files, read: pure functions from text to numbers. A text that is not what the
// kernel writes gives PROTOCOL with file and line.
#pragma once

#include "fault.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace host_driver {

// Time that a processor has spent since boot, in ticks of 10 ms.
struct cpu_times {
    std::uint64_t total = 0;
    std::uint64_t idle = 0; // waiting for a disk counts as idle
};

struct stat_sample {
    cpu_times all;
    std::vector<std::pair<int, cpu_times>> cores; // those that are on line, by number
};

[[nodiscard]] result<stat_sample> parse_stat(std::string_view text,
                                             std::string_view file = "/proc/stat");

// In bytes.
struct memory_sample {
    std::uint64_t total = 0;
    std::uint64_t available = 0;
    std::uint64_t swap_total = 0;
    std::uint64_t swap_free = 0;
};

[[nodiscard]] result<memory_sample> parse_meminfo(std::string_view text,
                                                  std::string_view file = "/proc/meminfo");

// Since boot.
struct disk_counters {
    std::string name;
    std::uint64_t reads = 0;
    std::uint64_t read_bytes = 0;
    std::uint64_t writes = 0;
    std::uint64_t written_bytes = 0;
    std::uint64_t busy_ms = 0;
};

// All block devices, partitions among them.
[[nodiscard]] result<std::vector<disk_counters>>
parse_diskstats(std::string_view text, std::string_view file = "/proc/diskstats");

// Without partitions, loop devices and disks in memory.
[[nodiscard]] std::vector<disk_counters> whole_disks(const std::vector<disk_counters> &all);

// Since the interface came up, as its driver counts.
struct interface_counters {
    std::string name;
    std::uint64_t received_bytes = 0;
    std::uint64_t received_packets = 0;
    std::uint64_t received_errors = 0;
    std::uint64_t received_dropped = 0;
    std::uint64_t sent_bytes = 0;
    std::uint64_t sent_packets = 0;
    std::uint64_t sent_errors = 0;
    std::uint64_t sent_dropped = 0;
};

[[nodiscard]] result<std::vector<interface_counters>>
parse_net_dev(std::string_view text, std::string_view file = "/proc/net/dev");

struct load_averages {
    double minutes_1 = 0;
    double minutes_5 = 0;
    double minutes_15 = 0;
};

[[nodiscard]] result<load_averages> parse_loadavg(std::string_view text,
                                                  std::string_view file = "/proc/loadavg");

// Seconds since boot.
[[nodiscard]] result<double> parse_uptime(std::string_view text,
                                          std::string_view file = "/proc/uptime");

// Parts of /proc/cpuinfo, which differs from one architecture to the next: others stay empty.
struct cpu_description {
    std::string model;
    std::vector<std::pair<int, double>> frequencies; // MHz, by number of the core
};

[[nodiscard]] result<cpu_description> parse_cpuinfo(std::string_view text,
                                                    std::string_view file = "/proc/cpuinfo");

} // namespace host_driver
