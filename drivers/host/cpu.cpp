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

result<answer> read_load_average(const machine &m, double load_averages::*which) {
    const std::string path = m.path("proc/loadavg");
    const auto file = m.read(path);
    if (!file) {
        return file.error();
    }
    const auto averages = parse_loadavg(file->text, path);
    if (!averages) {
        return averages.error();
    }
    return number{(*averages).*which, file->when};
}

result<answer> as_answer(const result<number> &read) {
    if (!read) {
        return read.error();
    }
    return *read;
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
    [[nodiscard]] result<answer> read_all();
    [[nodiscard]] result<answer> read_core(int number);

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
    whole.add({"value", ALD_TYPE_DOUBLE, "%", "load since the last reading, mean of all cores",
               [this] { return read_all(); }, 0, 100});
    if (frequencies_.any()) {
        whole.add({"frequency", ALD_TYPE_DOUBLE, "MHz", "clock frequency, mean of all cores",
                   [this] { return as_answer(frequencies_.mean()); }, 0});
    }
    const auto add_average = [&](const char *name, const char *doc, double load_averages::*which) {
        whole.add({name, ALD_TYPE_DOUBLE, "1", doc,
                   [this, which] { return read_load_average(machine_, which); }, 0});
    };
    add_average("load_1", "tasks that run or wait, mean of 1 minute", &load_averages::minutes_1);
    add_average("load_5", "tasks that run or wait, mean of 5 minutes", &load_averages::minutes_5);
    add_average("load_15", "tasks that run or wait, mean of 15 minutes",
                &load_averages::minutes_15);
}

void cpu::describe_core(node &one, int core) {
    one.add({"value", ALD_TYPE_DOUBLE, "%", "load of this core since the last reading",
             [this, core] { return read_core(core); }, 0, 100});
    if (frequencies_.has(core)) {
        one.add({"frequency", ALD_TYPE_DOUBLE, "MHz", "clock frequency of this core",
                 [this, core] { return as_answer(frequencies_.of(core)); }, 0});
    }
}

result<answer> cpu::read_all() {
    const auto now = take_sample(machine_);
    if (!now) {
        return now.error();
    }
    return to_number(all_.asked.next(now->spent.all, now->when.t_mono_ns), now->when);
}

result<answer> cpu::read_core(int number) {
    const auto now = take_sample(machine_);
    if (!now) {
        return now.error();
    }
    for (const auto &[core, spent] : now->spent.cores) {
        if (core == number) {
            load_meter &meter = cores_.at(core).asked;
            return to_number(meter.next(spent, now->when.t_mono_ns), now->when);
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
