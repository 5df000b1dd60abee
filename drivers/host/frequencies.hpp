// The clock frequencies of the cores: from cpufreq where it is there, else from /proc/cpuinfo,
// which is slow to read on large machines.
#pragma once

#include "tree.hpp"

#include <utility>
#include <vector>

namespace host_driver {

class frequencies {
public:
    frequencies(const machine &m, const std::vector<int> &cores);

    [[nodiscard]] bool any() const noexcept { return !cores_.empty(); }
    [[nodiscard]] bool has(int core) const noexcept;

    // MHz
    [[nodiscard]] result<measured> of(int core) const;
    [[nodiscard]] result<measured> mean() const;

private:
    struct table {
        std::vector<std::pair<int, double>> by_core;
        moment when;
    };

    [[nodiscard]] std::string file_of(int core) const;
    [[nodiscard]] result<measured> from_cpufreq(int core) const;
    [[nodiscard]] result<table> from_cpufreq() const;
    [[nodiscard]] result<table> from_cpuinfo() const;

    const machine &machine_;
    std::vector<int> cores_; // those whose frequency was known at opening
    bool cpufreq_ = true;
};

} // namespace host_driver
