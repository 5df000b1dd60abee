#include "frequencies.hpp"

#include "procfs.hpp"
#include "text.hpp"

#include <algorithm>

namespace host_driver {

frequencies::frequencies(const machine &m, const std::vector<int> &cores) : machine_(m) {
    std::copy_if(cores.begin(), cores.end(), std::back_inserter(cores_),
                 [&](int core) { return machine_.integer(file_of(core)).has_value(); });
    cpufreq_ = !cores_.empty();
    if (cpufreq_) {
        return;
    }
    if (const auto told = from_cpuinfo()) {
        for (const auto &[core, mhz] : told->by_core) {
            if (std::find(cores.begin(), cores.end(), core) != cores.end() && !has(core)) {
                cores_.push_back(core);
            }
        }
    }
}

bool frequencies::has(int core) const noexcept {
    return std::find(cores_.begin(), cores_.end(), core) != cores_.end();
}

std::string frequencies::file_of(int core) const {
    return machine_.path("sys/devices/system/cpu/cpu" + std::to_string(core) +
                         "/cpufreq/scaling_cur_freq");
}

result<measured> frequencies::from_cpufreq(int core) const {
    const std::string path = file_of(core);
    const auto file = machine_.read(path);
    if (!file) {
        return file.error();
    }
    const auto khz = to_signed(trimmed(file->text));
    if (!khz || *khz < 0) {
        return fault{ALD_E_PROTOCOL, printable(path + ":1: expected a frequency in kHz")};
    }
    return measured_at(file->when, static_cast<double>(*khz) / 1000);
}

result<frequencies::table> frequencies::from_cpufreq() const {
    table all;
    std::int64_t begin = 0;
    std::int64_t end = 0;
    for (const int core : cores_) {
        const auto one = from_cpufreq(core);
        if (!one && one.error().code != ALD_E_DISCONNECTED) {
            return one.error();
        }
        if (!one) {
            continue; // off line
        }
        if (all.by_core.empty()) {
            begin = one->t_mono_ns - one->uncertainty_ns;
        }
        end = one->t_mono_ns + one->uncertainty_ns;
        all.by_core.emplace_back(core, one->value);
    }
    all.when = {begin + (end - begin) / 2, (end - begin + 1) / 2};
    return all;
}

result<frequencies::table> frequencies::from_cpuinfo() const {
    const std::string path = machine_.path("proc/cpuinfo");
    const auto file = machine_.read(path);
    if (!file) {
        return file.error();
    }
    auto described = parse_cpuinfo(file->text, path);
    if (!described) {
        return described.error();
    }
    return table{std::move(described->frequencies), file->when};
}

result<measured> frequencies::of(int core) const {
    if (cpufreq_) {
        return from_cpufreq(core);
    }
    const auto all = from_cpuinfo();
    if (!all) {
        return all.error();
    }
    for (const auto &[known, mhz] : all->by_core) {
        if (known == core) {
            return measured_at(all->when, mhz);
        }
    }
    return fault{ALD_E_DISCONNECTED, "core " + std::to_string(core) + " is off line"};
}

result<measured> frequencies::mean() const {
    const auto all = cpufreq_ ? from_cpufreq() : from_cpuinfo();
    if (!all) {
        return all.error();
    }
    if (all->by_core.empty()) {
        return fault{ALD_E_DISCONNECTED, "no core tells its frequency any more"};
    }
    double sum = 0;
    for (const auto &[core, mhz] : all->by_core) {
        sum += mhz;
    }
    return measured_at(all->when, sum / static_cast<double>(all->by_core.size()));
}

} // namespace host_driver
