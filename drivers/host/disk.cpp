// The disks, from /proc/diskstats and /sys/block.
#include "counters.hpp"
#include "procfs.hpp"

#include <algorithm>

namespace host_driver {

namespace {

const counted<disk_counters> &description() {
    static const counted<disk_counters> instance{
        "disk",
        "proc/diskstats",
        [](std::string_view text, std::string_view file) { return parse_diskstats(text, file); },
        {
            {"read_total", "By", "bytes read since boot", &disk_counters::read_bytes},
            {"written_total", "By", "bytes written since boot", &disk_counters::written_bytes},
            {"reads", "1", "reads done since boot", &disk_counters::reads},
            {"writes", "1", "writes done since boot", &disk_counters::writes},
            {"busy_time", "ms", "time since boot with reads or writes under way",
             &disk_counters::busy_ms},
        },
        {{
            {"read", "bytes per second since the last reading", &disk_counters::read_bytes},
            {"written", "bytes per second since the last reading", &disk_counters::written_bytes},
        }}};
    return instance;
}

void describe(const machine &m, const std::string &name, node &disk) {
    std::string directory = "sys/block/" + name;
    // The kernel puts "!" in the place of "/" in names of files.
    std::replace(directory.begin() + 10, directory.end(), '/', '!');
    if (const auto model = m.line(m.path(directory + "/device/model")); model && !model->empty()) {
        disk.add_constant("model", "what the disk says that it is", *model);
    }
    const auto sectors = m.integer(m.path(directory + "/size"));
    const auto bytes =
        sectors && *sectors > 0 ? times(static_cast<std::uint64_t>(*sectors), 512) : std::nullopt;
    if (bytes) {
        disk.add_constant("size", "By", "size of the disk", to_count(*bytes));
    }
}

} // namespace

outcome add_disks(const machine &m, node &root, families &to) {
    auto disks = std::make_unique<counter_family<disk_counters>>(m, description());
    const auto first = disks->take();
    if (!first) {
        return first.error();
    }
    const auto whole = whole_disks(first->all);
    if (whole.empty()) {
        return done{};
    }
    node &group = root.add_child("disk");
    for (const disk_counters &d : whole) {
        describe(m, d.name, disks->add(group, d, first->when));
    }
    to.push_back(std::move(disks));
    return done{};
}

} // namespace host_driver
