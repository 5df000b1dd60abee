// The network interfaces, from /proc/net/dev.
#include "counters.hpp"
#include "procfs.hpp"

namespace host_driver {

namespace {

const counted<interface_counters> &description() {
    using c = interface_counters;
    static const counted<c> instance{
        "network interface",
        "proc/net/dev",
        [](std::string_view text, std::string_view file) { return parse_net_dev(text, file); },
        {
            {"received_total", "By", "bytes received", &c::received_bytes},
            {"sent_total", "By", "bytes sent", &c::sent_bytes},
            {"received_packets", "1", "packets received", &c::received_packets},
            {"sent_packets", "1", "packets sent", &c::sent_packets},
            {"received_errors", "1", "damaged packets received", &c::received_errors},
            {"sent_errors", "1", "packets that could not be sent", &c::sent_errors},
            {"received_dropped", "1", "packets received and thrown away", &c::received_dropped},
            {"sent_dropped", "1", "packets thrown away instead of sent", &c::sent_dropped},
        },
        {{
            {"received", "bytes per second since the last reading", &c::received_bytes},
            {"sent", "bytes per second since the last reading", &c::sent_bytes},
        }}};
    return instance;
}

} // namespace

outcome add_networks(const machine &m, node &root, families &to) {
    auto networks = std::make_unique<counter_family<interface_counters>>(m, description());
    const auto first = networks->take();
    if (!first) {
        return first.error();
    }
    if (first->all.empty()) {
        return done{};
    }
    node &group = root.add_child("network");
    for (const interface_counters &c : first->all) {
        networks->add(group, c, first->when);
    }
    to.push_back(std::move(networks));
    return done{};
}

} // namespace host_driver
