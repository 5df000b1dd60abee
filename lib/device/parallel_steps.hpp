// Runs steps on several devices: sequences in parallel, the steps of each one after the other.
#pragma once

#include "base/async/op.hpp"
#include "base/async/wait.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace alidade::parallel_steps {

struct step {
    // Label for people: "turret:position".
    std::string name;
    std::function<result<ref<op>>()> start;
};
using sequence = std::vector<step>;

// Policy when a step fails: what the other sequences do.
enum class on_failure {
    // Let steps under way end, begin no new ones.
    let_end,
    // Cancel steps under way, begin no new ones.
    cancel_all,
    // Ignore it: run all steps.
    go_on
};

struct step_result {
    std::string name;
    // Empty for a step that did not begin.
    std::optional<result<value>> how{};
};

// Runs all sequences and blocks until every step has ended; a cancel ends those under way. Returns
// a result for each step, sequence by sequence, and reports the progress to `whole`.
[[nodiscard]] std::vector<step_result> run(const std::vector<sequence> &sequences,
                                           on_failure policy, op &whole,
                                           const cancel_source &cancel);

// Timeout of one step: what is left until the deadline, or the step's own default if the caller
// asked for that.
[[nodiscard]] std::int64_t timeout_left(std::int64_t timeout_ns, std::int64_t deadline) noexcept;

// Returns the first step that failed by itself; else one that was cancelled; NULL if none failed.
[[nodiscard]] const step_result *
first_failure(const std::vector<step_result> &step_results) noexcept;

// Lists the labels of the steps that succeeded, or of those that did not: "a, b", or "nothing".
[[nodiscard]] std::string names(const std::vector<step_result> &step_results, bool done);

// Maps the labels of the steps that succeeded to their results.
[[nodiscard]] map results(const std::vector<step_result> &step_results);

} // namespace alidade::parallel_steps
