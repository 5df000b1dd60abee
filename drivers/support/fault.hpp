// Faults, and results that are either a value or a fault.
#pragma once

#include <alidade/driver.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace drivers {

struct fault {
    ald_status code;
    std::string message;
    std::int64_t native_code = 0;
    // An error of the host, which goes back to it as it is.
    std::shared_ptr<const ald_error> given{};
};

template <class T> class result;

// Type from which a T is made and that is neither a fault nor another result.
template <class U, class T>
concept makes = std::constructible_from<T, U> && !std::same_as<std::remove_cvref_t<U>, fault> &&
                !std::same_as<std::remove_cvref_t<U>, result<T>>;

template <class T> class [[nodiscard]] result {
public:
    // Takes what a value is made of, and makes it in place.
    template <makes<T> U>
    result(U &&value) // NOLINT(bugprone-forwarding-reference-overload): `makes` keeps copies out
        : held_(std::in_place_index<0>, std::forward<U>(value)) {}
    // Takes a result with another kind of value, from which this one is made.
    template <class U>
    requires makes<U, T> result(result<U> other)
        : held_(other ? std::variant<T, fault>(std::in_place_index<0>, std::move(*other))
                      : std::variant<T, fault>(std::in_place_index<1>, other.error())) {}
    result(fault why) : held_(std::in_place_index<1>, std::move(why)) {}

    [[nodiscard]] explicit operator bool() const noexcept { return held_.index() == 0; }
    // Preconditions: a value is there.
    [[nodiscard]] T &operator*() noexcept { return *std::get_if<0>(&held_); }
    [[nodiscard]] const T &operator*() const noexcept { return *std::get_if<0>(&held_); }
    [[nodiscard]] T *operator->() noexcept { return std::get_if<0>(&held_); }
    [[nodiscard]] const T *operator->() const noexcept { return std::get_if<0>(&held_); }
    // Precondition: no value is there.
    [[nodiscard]] const fault &error() const noexcept { return *std::get_if<1>(&held_); }

private:
    std::variant<T, fault> held_;
};

struct done {};
using outcome = result<done>;

} // namespace drivers
