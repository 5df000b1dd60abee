#include "device/transports/sim_line.hpp"

#include "device/lab.hpp"
#include "sim/simulation.hpp"

namespace alidade {

namespace {

// Switches the instrument off with the last that holds it.
std::shared_ptr<const void> switched_on(const ref<simulation> &s) {
    return {s.get(), [s](const void *) { s->close(); }};
}

result<std::shared_ptr<optical_bench>> bench_for(const line_uri &uri, device &who) {
    if (const std::string *name = uri.option("bench")) {
        return optical_bench::named(*name);
    }
    return who.owner().bench().map([](const ref<bench_object> &b) { return b->content; });
}

// "bench" and "transcript" are for others than the instrument.
std::vector<std::pair<std::string, std::string>> options_for_instrument(const line_uri &uri) {
    auto options = uri.options;
    std::erase_if(options, [](const auto &option) {
        return option.first == "bench" || option.first == "transcript";
    });
    return options;
}

} // namespace

result<std::unique_ptr<transport>> open_sim_line(const transports::opening &what) {
    auto on = bench_for(what.uri, what.who);
    if (!on) {
        return failure(located(on.error(), what.uri.text));
    }
    auto started =
        simulation::start(what.uri.address, std::move(*on), options_for_instrument(what.uri));
    if (!started) {
        return failure(located(started.error(), what.uri.text));
    }
    const auto keep = switched_on(*started);
    const auto there = parse_line_uri((*started)->uri());
    if (!there) {
        return failure(there.error());
    }
    auto line = transports::open({*there, what.settings, what.how_long, what.who});
    if (line) {
        (*line)->keep = keep;
    }
    return line;
}

} // namespace alidade
