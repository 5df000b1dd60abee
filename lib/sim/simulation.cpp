#include "sim/simulation.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/runtime.hpp"
#include "base/value/options.hpp"
#include "sim/link.hpp"

#include <charconv>

namespace alidade {

namespace {

reactor &simulator() { return runtime::instance().simulations(); }

schema listen_record() {
    return {.name = "listen",
            .type = ALD_TYPE_STRING,
            .doc = "where it can be found: a pseudo-terminal, or a TCP port of 127.0.0.1",
            .choices = value(list{"pty", "tcp", "rfc2217"}),
            .initial = value("pty")};
}

std::vector<schema> records_of(const instrument_kind &kind) {
    std::vector<schema> records(kind.options().begin(), kind.options().end());
    records.push_back(listen_record());
    return records;
}

// Text as the type that the option has; what cannot be one is left to the check.
value typed(const std::string &text, ald_type type) {
    const char *end = text.data() + text.size();
    if (type == ALD_TYPE_BOOL && (text == "true" || text == "false")) {
        return text == "true";
    }
    if (type == ALD_TYPE_INT) {
        std::int64_t x = 0;
        if (const auto read = std::from_chars(text.data(), end, x);
            read.ec == std::errc() && read.ptr == end) {
            return x;
        }
    }
    if (type == ALD_TYPE_DOUBLE) {
        double x = 0;
        if (const auto read = std::from_chars(text.data(), end, x);
            read.ec == std::errc() && read.ptr == end) {
            return x;
        }
    }
    return text;
}

failure switched_off() {
    return fail(ALD_E_CLOSED, "simulation",
                "the simulated instrument is switched off; start it anew");
}

} // namespace

simulation::simulation() : object(ALD_KIND_SIMULATION) {}

simulation::~simulation() { simulation::close(); }

result<ref<simulation>> simulation::start(std::string_view instrument,
                                          std::shared_ptr<optical_bench> on, const value &options) {
    const auto kind = instruments::find(instrument);
    if (!kind) {
        return failure(kind.error());
    }
    const auto complete = complete_options(
        records_of(**kind), options, fmt::format("the simulated instrument '{}'", instrument));
    if (!complete) {
        return failure(complete.error());
    }
    if (!on) {
        auto own = optical_bench::make("", value(), mono_ns());
        if (!own) {
            return failure(std::move(own.error()));
        }
        on = std::move(*own);
    }
    map theirs = *complete->as_map();
    const std::string listen = *complete->find("listen")->as_string();
    std::erase_if(theirs, [](const auto &entry) { return entry.first == "listen"; });

    auto made = make<simulation>();
    outcome switched;
    const auto run = simulator().run([&] {
        made->link_ = std::make_unique<simulated_link>(simulator(), std::move(on), listen);
        switched = made->link_->switch_on(**kind, value(std::move(theirs)));
        if (switched) {
            made->remember_uri();
        } else {
            made->link_.reset();
        }
    });
    if (!run || !switched) {
        return failure(!run ? run.error() : switched.error());
    }
    return made;
}

result<ref<simulation>>
simulation::start(std::string_view instrument, std::shared_ptr<optical_bench> on,
                  std::span<const std::pair<std::string, std::string>> options) {
    const auto kind = instruments::find(instrument);
    if (!kind) {
        return failure(kind.error());
    }
    const auto records = records_of(**kind);
    map given;
    for (const auto &[name, text] : options) {
        ald_type type = ALD_TYPE_STRING;
        for (const schema &s : records) {
            type = s.name == name ? s.type : type;
        }
        given.emplace_back(name, typed(text, type));
    }
    if (duplicate_key(given) != std::string::npos) {
        return fail(ALD_E_INVALID, "simulation",
                    "the option '{}' of the simulated instrument '{}' is given twice",
                    given[duplicate_key(given)].first, instrument);
    }
    return start(instrument, std::move(on), value(std::move(given)));
}

void simulation::remember_uri() {
    const std::scoped_lock lock(mutex_);
    if (std::string now = link_->uri(); uris_.empty() || uris_.back() != now) {
        uris_.push_back(std::move(now));
    }
}

const std::string &simulation::uri() const {
    const std::scoped_lock lock(mutex_);
    return uris_.back();
}

outcome simulation::with_link(const std::function<outcome(simulated_link &)> &what) {
    outcome ended;
    simulator().settle([&] { ended = link_ ? what(*link_) : outcome(switched_off()); });
    return ended;
}

outcome simulation::set_faults(const value &given) {
    return with_link([&](simulated_link &l) { return l.set_faults(given); });
}

outcome simulation::say(std::span<const std::uint8_t> data) {
    return with_link([&](simulated_link &l) { return l.say(data); });
}

outcome simulation::unplug() {
    return with_link([](simulated_link &l) {
        l.unplug();
        return outcome();
    });
}

outcome simulation::plug() {
    return with_link([this](simulated_link &l) {
        auto plugged = l.plug();
        if (plugged) {
            remember_uri();
        }
        return plugged;
    });
}

void simulation::close() noexcept {
    try {
        simulator().settle([this] { link_.reset(); });
    } catch (...) { // no memory to ask the thread with
        log::write(ALD_LOG_ERROR, "simulation", "a simulated instrument stays on: no memory");
    }
}

} // namespace alidade
