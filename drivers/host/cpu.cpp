// The processors: load from /proc/stat, frequency, load averages.
#include "frequencies.hpp"
#include "meters.hpp"
#include "procfs.hpp"
#include "tree.hpp"

#include <map>

namespace host_driver {

namespace {

struct load_sensor {
    load_sensor(const cpu_times &spent, std::int64_t t_mono_ns)
        : asked(spent, t_mono_ns), polled(spent, t_mono_ns) {}
    const node *where = nullptr;
    load_meter asked;
    load_meter polled;
};

struct sample {
    stat_sample spent;
    moment when;
};

result<sample> take_sample(const machine &m) {
    const std::string path = m.path("proc/stat");
    const auto file = m.read(path);
    if (!file) {
        return file.error();
    }
    auto parsed = parse_stat(file->text, path);
    if (!parsed) {
        return parsed.error();
    }
    return sample{std::move(*parsed), file->when};
}

result<reading> read_load_average(const machine &m, double load_averages::*which) {
    const std::string path = m.path("proc/loadavg");
    const auto file = m.read(path);
    if (!file) {
        return file.error();
    }
    const auto averages = parse_loadavg(file->text, path);
    if (!averages) {
        return averages.error();
    }
    return measured_at(file->when, (*averages).*which);
}

std::vector<int> numbers_of(const stat_sample &spent) {
    std::vector<int> numbers;
    for (const auto &[core, times] : spent.cores) {
        numbers.push_back(core);
    }
    return numbers;
}

class cpu final : public family {
public:
    cpu(const machine &m, node &root, const sample &first);

    outcome poll(const listener &tell) override;

private:
    void describe_all(node &whole);
    void describe_core(node &one, int core);
    [[nodiscard]] result<reading> read_all();
    [[nodiscard]] result<reading> read_core(int number);

    const machine &machine_;
    frequencies frequencies_;
    load_sensor all_;
    std::map<int, load_sensor> cores_;
};

cpu::cpu(const machine &m, node &root, const sample &first)
    : machine_(m), frequencies_(m, numbers_of(first.spent)),
      all_(first.spent.all, first.when.t_mono_ns) {
    for (const auto &[core, spent] : first.spent.cores) {
        cores_.emplace(core, load_sensor(spent, first.when.t_mono_ns));
    }
    root.add_constant("cores", "1", "processor cores that were on line at opening",
                      static_cast<std::int64_t>(cores_.size()));
    node &whole = root.add_child("cpu");
    all_.where = &whole;
    describe_all(whole);
    for (auto &[core, sensor] : cores_) {
        node &one = whole.add_child(std::to_string(core));
        sensor.where = &one;
        describe_core(one, core);
    }
}

void cpu::describe_all(node &whole) {
    whole.add({.name = "value",
               .unit = "%",
               .doc = "load since the last reading, mean of all cores",
               .min = 0,
               .max = 100,
               .get = [this](auto *) { return read_all(); }});
    if (frequencies_.any()) {
        whole.add({.name = "frequency",
                   .unit = "MHz",
                   .doc = "clock frequency, mean of all cores",
                   .min = 0,
                   .get = [this](auto *) { return frequencies_.mean(); }});
    }
    const auto add_average = [&](const char *name, const char *doc, double load_averages::*which) {
        whole.add({.name = name, .unit = "1", .doc = doc, .min = 0, .get = [this, which](auto *) {
                       return read_load_average(machine_, which);
                   }});
    };
    add_average("load_1", "tasks that run or wait, mean of 1 minute", &load_averages::minutes_1);
    add_average("load_5", "tasks that run or wait, mean of 5 minutes", &load_averages::minutes_5);
    add_average("load_15", "tasks that run or wait, mean of 15 minutes",
                &load_averages::minutes_15);
}

void cpu::describe_core(node &one, int core) {
    one.add({.name = "value",
             .unit = "%",
             .doc = "load of this core since the last reading",
             .min = 0,
             .max = 100,
             .get = [this, core](auto *) { return read_core(core); }});
    if (frequencies_.has(core)) {
        one.add({.name = "frequency",
                 .unit = "MHz",
                 .doc = "clock frequency of this core",
                 .min = 0,
                 .get = [this, core](auto *) { return frequencies_.of(core); }});
    }
}

result<reading> cpu::read_all() {
    const auto now = take_sample(machine_);
    if (!now) {
        return now.error();
    }
    return to_measured(all_.asked.next(now->spent.all, now->when.t_mono_ns), now->when);
}

result<reading> cpu::read_core(int number) {
    const auto now = take_sample(machine_);
    if (!now) {
        return now.error();
    }
    for (const auto &[core, spent] : now->spent.cores) {
        if (core == number) {
            load_meter &meter = cores_.at(core).asked;
            return to_measured(meter.next(spent, now->when.t_mono_ns), now->when);
        }
    }
    return fault{ALD_E_DISCONNECTED, "core " + std::to_string(number) +
                                         " is off line; bring it on line, or read the others"};
}

outcome cpu::poll(const listener &tell) {
    const auto now = take_sample(machine_);
    if (!now) {
        return now.error();
    }
    const auto tell_settled = [&](load_sensor &sensor, const cpu_times &spent) {
        const rate r = sensor.polled.next(spent, now->when.t_mono_ns);
        if (r.settled) {
            tell(*sensor.where, r.value);
        }
    };
    tell_settled(all_, now->spent.all);
    for (const auto &[core, spent] : now->spent.cores) {
        if (const auto it = cores_.find(core); it != cores_.end()) {
            tell_settled(it->second, spent);
        }
    }
    return done{};
}

} // namespace

outcome add_cpu(const machine &m, node &root, families &to) {
    const auto first = take_sample(m);
    if (!first) {
        return first.error();
    }
    to.push_back(std::make_unique<cpu>(m, root, *first));
    return done{};
}

} // namespace host_driver
