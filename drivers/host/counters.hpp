// Sensors that count: a file has a line with counters for each disk or network interface. Each
// becomes a child with the counters as properties and a readable child for each rate.
#pragma once

#include "meters.hpp"
#include "text.hpp"
#include "tree.hpp"

#include <array>
#include <map>
#include <vector>

namespace host_driver {

// `Counters` is a record with a name and counters.
template <class Counters> struct counted {
    struct total {
        const char *name;
        const char *unit;
        const char *doc;
        std::uint64_t Counters::*member;
    };
    struct flow {
        const char *name;
        const char *doc;
        std::uint64_t Counters::*member; // bytes
    };

    const char *what; // "disk"
    const char *file; // below the root
    result<std::vector<Counters>> (*parse)(std::string_view text, std::string_view file);
    std::vector<total> totals;
    std::array<flow, 2> flows;
};

template <class Counters> class counter_family final : public family {
public:
    using description = counted<Counters>;

    counter_family(const machine &m, const description &d) : machine_(m), what_(d) {}

    struct sample {
        std::vector<Counters> all;
        moment when;
    };

    [[nodiscard]] result<sample> take() const {
        const std::string path = machine_.path(what_.file);
        const auto file = machine_.read(path);
        if (!file) {
            return file.error();
        }
        auto parsed = what_.parse(file->text, path);
        if (!parsed) {
            return parsed.error();
        }
        return sample{std::move(*parsed), file->when};
    }

    // Adds one disk or interface; its rates begin at `first`.
    node &add(node &group, const Counters &first, const moment &when) {
        node &one = group.add_child(first.name);
        if (one.name() != first.name) {
            one.add_constant("name", "name that the system uses", printable(first.name));
        }
        for (const auto &t : what_.totals) {
            one.add({.name = t.name,
                     .type = ALD_TYPE_INT,
                     .unit = t.unit,
                     .doc = t.doc,
                     .min = 0,
                     .get = [this, name = first.name, member = t.member](auto *) {
                         return read_total(name, member);
                     }});
        }
        auto &sensors = sensors_[first.name];
        for (std::size_t i = 0; i < what_.flows.size(); ++i) {
            const auto &f = what_.flows[i];
            node &child = one.add_child(f.name);
            const rate_meter meter(first.*f.member, when.t_mono_ns);
            sensors[i] = {&child, meter, meter};
            child.add({.name = "value",
                       .unit = "By/s",
                       .doc = f.doc,
                       .min = 0,
                       .get = [this, name = first.name, i](auto *) { return read_rate(name, i); }});
        }
        return one;
    }

    outcome poll(const listener &tell) override {
        const auto now = take();
        if (!now) {
            return now.error();
        }
        for (const Counters &c : now->all) {
            const auto it = sensors_.find(c.name);
            for (std::size_t i = 0; it != sensors_.end() && i < what_.flows.size(); ++i) {
                flow_sensor &sensor = it->second[i];
                const rate r = sensor.polled.next(c.*what_.flows[i].member, now->when.t_mono_ns);
                if (r.settled) {
                    tell(*sensor.where, r.value);
                }
            }
        }
        return done{};
    }

private:
    struct flow_sensor {
        const node *where = nullptr;
        rate_meter asked;
        rate_meter polled;
    };
    struct found {
        Counters counters;
        moment when;
    };

    [[nodiscard]] result<found> take_one(const std::string &name) const {
        auto now = take();
        if (!now) {
            return now.error();
        }
        for (Counters &c : now->all) {
            if (c.name == name) {
                return found{std::move(c), now->when};
            }
        }
        return fault{ALD_E_DISCONNECTED,
                     printable(std::string("the ") + what_.what + " '" + name +
                               "' is gone; bring it back, or open the device anew without it")};
    }

    [[nodiscard]] result<reading> read_total(const std::string &name,
                                             std::uint64_t Counters::*member) const {
        const auto now = take_one(name);
        if (!now) {
            return now.error();
        }
        return to_count(now->counters.*member);
    }

    [[nodiscard]] result<reading> read_rate(const std::string &name, std::size_t which) {
        const auto now = take_one(name);
        if (!now) {
            return now.error();
        }
        rate_meter &meter = sensors_.at(name)[which].asked;
        const std::uint64_t count = now->counters.*what_.flows[which].member;
        return to_measured(meter.next(count, now->when.t_mono_ns), now->when);
    }

    const machine &machine_;
    const description &what_;
    std::map<std::string, std::array<flow_sensor, 2>> sensors_;
};

} // namespace host_driver
