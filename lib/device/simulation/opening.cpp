#include "device/simulation/opening.hpp"

#include "device/bench/bench.hpp"
#include "device/device.hpp"
#include "device/lab.hpp"
#include "device/simulation/simulation.hpp"

namespace alidade {

namespace {

result<std::shared_ptr<optical_bench>> bench_of(const transports::opening &what) {
    const std::string *name = what.uri.option("bench");
    if (name != nullptr && !name->empty()) {
        return optical_bench::named(*name);
    }
    return what.who.owner().bench().map([](const ref<bench_object> &b) { return b->content; });
}

} // namespace

result<std::unique_ptr<transport>> open_simulated(const transports::opening &what) {
    std::vector<std::pair<std::string, std::string>> options = what.uri.options;
    std::erase_if(options, [](const auto &option) { return option.first == "bench"; });
    auto started = bench_of(what).and_then([&](std::shared_ptr<optical_bench> bench) {
        return simulation::start(what.uri.address, std::move(bench), options);
    });
    if (!started) {
        return failure(std::move(started.error()));
    }
    const auto uri = parse_line_uri((*started)->uri());
    if (!uri) {
        return failure(uri.error());
    }
    auto line = transports::open({*uri, what.settings, what.how_long, what.who});
    if (line) {
        (*line)->keep = std::make_shared<ref<simulation>>(std::move(*started));
    }
    return line;
}

} // namespace alidade
