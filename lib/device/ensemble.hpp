// Many steps on several devices: those of one track one after the other, tracks at the same time.
#pragma once

#include "base/async/op.hpp"
#include "base/async/wait.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace alidade::ensemble {

struct step {
    // For people: "turret:position".
    std::string name;
    std::function<result<ref<op>>()> start;
};
using track = std::vector<step>;

// What becomes of the others when a step fails.
enum class on_failure {
    // What is under way goes on to its end, nothing new begins.
    let_end,
    // What is under way is cancelled, nothing new begins.
    cancel_all,
    // Nothing.
    go_on
};

struct ending {
    std::string name;
    // None for a step that did not begin.
    std::optional<result<value>> how{};
};

// Carries all out on the calling thread's time; a cancel ends what is under way. All has ended when
// this returns. One ending for each step, track by track. `whole` is told of the progress.
[[nodiscard]] std::vector<ending> conduct(const std::vector<track> &tracks, on_failure policy,
                                          op &whole, const cancel_source &cancel);

// What is left of the caller's timeout for one step; a step has its own default if the caller wants
// that.
[[nodiscard]] std::int64_t timeout_left(std::int64_t timeout_ns, std::int64_t deadline) noexcept;

// The first step that failed; NULL if none did.
[[nodiscard]] const ending *first_failure(const std::vector<ending> &endings) noexcept;

// The names of the steps that ended well, or of those that did not: "a, b", or "nothing".
[[nodiscard]] std::string names(const std::vector<ending> &endings, bool done);

// What the steps that ended well gave, by their names.
[[nodiscard]] map results(const std::vector<ending> &endings);

} // namespace alidade::ensemble
