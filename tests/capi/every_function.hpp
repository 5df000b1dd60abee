// Every function that the library exports, with a way to call it with chosen arguments. A function
// that is not in the table fails test_handles.
#pragma once

#include "capi/support.hpp"

#include <functional>
#include <optional>

namespace tests {

// One good handle of each kind, closed ones too.
class good_handles {
public:
    good_handles();
    good_handles(const good_handles &) = delete;
    good_handles &operator=(const good_handles &) = delete;
    ~good_handles();

    [[nodiscard]] void *of(ald_kind kind) const {
        return handles_.at(static_cast<std::size_t>(kind));
    }
    // Takes one out, for the caller to give back.
    [[nodiscard]] void *release(ald_kind kind) {
        return std::exchange(handles_.at(static_cast<std::size_t>(kind)), nullptr);
    }
    [[nodiscard]] std::vector<void *> but(ald_kind kind) const;

private:
    std::vector<void *> handles_;
};

// Chooses arguments at random.
class dice {
public:
    // Of the kind that the function wants, or not.
    [[nodiscard]] virtual const void *handle(ald_kind wanted) = 0;
    // From 0 to `count` - 1.
    [[nodiscard]] virtual std::uint64_t below(std::uint64_t count) = 0;
    // For times, sizes, numbers of things and real numbers alike.
    [[nodiscard]] virtual std::int64_t number() = 0;
    // At least `room_of_arguments` bytes long.
    [[nodiscard]] virtual const char *text() = 0;

protected:
    ~dice() = default;
};

// The bytes that an argument which points to something points to.
constexpr std::size_t room_of_arguments = std::size_t{128} * 128;

// How to choose the arguments of a call.
struct choice {
    const good_handles *good = nullptr;
    // The handle argument, counted from 0, that gets `bad` instead of a good one; -1 for none.
    int bad_place = -1;
    const void *bad = nullptr;
    // Whether pointers that are no handles point to something; NULL otherwise.
    bool pointers = true;
    // For all whole numbers. Real numbers get it too, but NaN for the least.
    std::int64_t number = 0;
    // Chooses all of that instead, for each argument anew.
    dice *random = nullptr;
};

// What came of a call.
struct outcome {
    // The status, if the function returns one.
    std::optional<ald_status> status;
    // Whether it returned what its documentation says for a bad handle.
    bool sentinel = false;
    bool has_error_argument = false;
    error err;
    // Pointer outputs that a failure did not clear, other outputs that it touched.
    std::string dirty;
    // Bytes behind records that were written to.
    std::string overrun;
};

struct function {
    const char *name;
    // Kinds of its handle arguments; ALD_KIND_NONE takes any kind.
    std::vector<ald_kind> handles;
    // It returns nothing that tells of a bad handle.
    bool lenient;
    std::function<outcome(const choice &)> call;
    // Its first handle may be NULL.
    bool optional = false;
};

[[nodiscard]] const std::vector<function> &every_function();

} // namespace tests
