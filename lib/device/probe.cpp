#include "device/probe.hpp"

#include "base/async/work.hpp"
#include "device/lab.hpp"

#include <algorithm>

namespace alidade {

namespace {

outcome check_has_line(const driver &d) {
    const auto options = d.options();
    const bool has_uri = std::any_of(options.begin(), options.end(),
                                     [](const schema &option) { return option.name == "uri"; });
    if (!has_uri) {
        return fail(ALD_E_UNSUPPORTED, "device",
                    "the driver '{}' has no option 'uri': its instruments are not on a line",
                    d.name());
    }
    return {};
}

result<value> probe(lab &home, const std::string &kind, const std::string &uri,
                    std::int64_t timeout_ns, const cancel_source &cancel) {
    const auto there = home.add("probe", kind, map{{"uri", uri}});
    if (!there) {
        return failure(there.error());
    }
    return (*there)
        ->start_open(timeout_ns)
        .and_then([&](const ref<op> &opening) { return opening->see_through(&cancel); })
        .map([&](const value &) {
            const value known = (*there)->describe();
            map found{{"driver", kind}, {"uri", uri}};
            for (const char *key : {"vendor", "model", "serial_number", "firmware"}) {
                found.emplace_back(key, *known.find(key));
            }
            return value(std::move(found));
        });
}

} // namespace

result<ref<op>> start_probe(std::string kind, std::string uri, std::int64_t timeout_ns) {
    if (auto fits =
            drivers::find(kind).and_then([](const driver *d) { return check_has_line(*d); });
        !fits) {
        return failure(std::move(fits.error()));
    }
    auto search = make<op>();
    const auto look = [kind = std::move(kind), uri = std::move(uri),
                       timeout_ns](op &ours, const cancel_source &cancel) {
        const auto home = make<lab>("probe");
        auto found = probe(*home, kind, uri, timeout_ns, cancel);
        home->close();
        ours.finish(std::move(found));
    };
    return start_work(search, look).map([&] { return search; });
}

} // namespace alidade
