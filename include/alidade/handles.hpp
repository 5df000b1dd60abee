// What alidade.hpp is built on: handles that count references, and how arguments are given.
#ifndef ALIDADE_HANDLES_HPP
#define ALIDADE_HANDLES_HPP

#include <alidade.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace alidade {

// What a failed call throws. Each status has a class of its own that derives from this one.
class error : public std::runtime_error {
public:
    // Takes over `why`, which may be NULL.
    error(ald_status status, ald_error *why)
        : std::runtime_error(why != nullptr ? ald_error_message(why) : ald_status_name(status)),
          status_(status), why_(why, ald_error_unref) {}

    // `ALD_E_<X>`.
    [[nodiscard]] ald_status status() const noexcept { return status_; }
    // Who reported it: "serial", "settings", "device".
    [[nodiscard]] std::string_view domain() const noexcept { return ald_error_domain(why_.get()); }
    // The place: "lab.toml:12:3", "byte 17", "stage/x: position"; "" if unknown.
    [[nodiscard]] std::string_view where() const noexcept { return ald_error_where(why_.get()); }
    // What was wrong, what was expected and what to do, on one line.
    [[nodiscard]] std::string_view message() const noexcept { return what(); }
    // The end of the message, which says what was expected or what to do; "" if it has none.
    [[nodiscard]] std::string_view hint() const noexcept {
        const std::string_view all = message();
        const std::size_t at = all.rfind("; ");
        return at == std::string_view::npos ? std::string_view() : all.substr(at + 2);
    }
    // The code that the operating system or the instrument gave; 0 if there is none.
    [[nodiscard]] std::int64_t native_code() const noexcept {
        return ald_error_native_code(why_.get());
    }
    // Of a script or a callback, several lines; "" if there is none.
    [[nodiscard]] std::string_view traceback() const noexcept {
        return ald_error_traceback(why_.get());
    }
    // The error for a C function, borrowed from this one; NULL if it has no description.
    [[nodiscard]] const ald_error *native() const noexcept { return why_.get(); }

private:
    ald_status status_;
    std::shared_ptr<ald_error> why_; // copies of exceptions share it
};

// Throws the exception of a failed call and takes over its error.
[[noreturn]] void raise(ald_status status, ald_error *why);

// Text that ends with a NUL, borrowed for a call. What may be NULL in C may be `nullptr` here.
class text {
public:
    text(const char *terminated) noexcept : text_(terminated) {} // NOLINT(*-explicit-*)
    text(const std::string &terminated) noexcept
        : text_(terminated.c_str()) {} // NOLINT(*-explicit-*)
    [[nodiscard]] const char *native() const noexcept { return text_; }

private:
    const char *text_;
};

// How long a call may wait: any duration of <chrono>, or one of the three below.
class timeout {
public:
    template <class Rep, class Period>
    timeout(std::chrono::duration<Rep, Period> limit) // NOLINT(*-explicit-*)
        : ns_(in_ns(std::chrono::duration<double>(limit).count())) {}

    // Looks, and does not wait.
    [[nodiscard]] static constexpr timeout none() noexcept { return timeout(ALD_WAIT_NOT); }
    // Waits without limit.
    [[nodiscard]] static constexpr timeout forever() noexcept { return timeout(ALD_WAIT_FOREVER); }
    // The object's own, where the function has one.
    [[nodiscard]] static constexpr timeout standard() noexcept { return timeout(ALD_WAIT_DEFAULT); }

    [[nodiscard]] constexpr std::int64_t native() const noexcept { return ns_; }

private:
    constexpr explicit timeout(std::int64_t ns) noexcept : ns_(ns) {}
    [[nodiscard]] static std::int64_t in_ns(double seconds) {
        if (!(seconds >= 0)) { // also NaN
            throw std::invalid_argument("a timeout is 0 or more; timeout::forever() is none");
        }
        return seconds < 9e9 ? static_cast<std::int64_t>(seconds * 1e9)
                             : std::int64_t{ALD_WAIT_FOREVER};
    }

    std::int64_t ns_;
};

// One reference to an object of one kind. Copies share the object; an empty one stands for none.
template <class Handle, ald_kind Kind, auto Ref, auto Unref> class counted {
public:
    using native_type = Handle;
    static constexpr ald_kind native_kind = Kind;

    counted() noexcept = default;
    // Takes a reference over.
    explicit counted(Handle *owned) noexcept : native_(owned) {}
    counted(const counted &other) noexcept : native_(other.native_) { Ref(native_); }
    counted(counted &&other) noexcept : native_(std::exchange(other.native_, nullptr)) {}
    counted &operator=(counted other) noexcept {
        std::swap(native_, other.native_);
        return *this;
    }
    ~counted() { Unref(native_); }

    // Takes one more reference to a handle that somebody else owns.
    template <class Noun> [[nodiscard]] static Noun share(const Handle *borrowed) noexcept {
        Ref(borrowed);
        return Noun(const_cast<Handle *>(borrowed)); // a token; nobody looks behind it
    }

    // The handle for a C function, borrowed from this object.
    [[nodiscard]] Handle *native() const noexcept { return native_; }
    // Gives the reference away; the caller owns it then.
    [[nodiscard]] Handle *release() noexcept { return std::exchange(native_, nullptr); }
    [[nodiscard]] explicit operator bool() const noexcept { return native_ != nullptr; }
    // Whether both stand for the same object.
    [[nodiscard]] friend bool operator==(const counted &a, const counted &b) noexcept {
        return a.native_ == b.native_;
    }

private:
    Handle *native_ = nullptr;
};

// An object that a call does not need: `nullptr` for none.
template <class Noun> class maybe {
public:
    maybe(std::nullptr_t) noexcept {}                              // NOLINT(*-explicit-*)
    maybe(const Noun &given) noexcept : handle_(given.native()) {} // NOLINT(*-explicit-*)
    [[nodiscard]] typename Noun::native_type *native() const noexcept { return handle_; }

private:
    typename Noun::native_type *handle_ = nullptr;
};

// An object of any kind, borrowed for a call.
class any_object {
public:
    template <class Handle, ald_kind Kind, auto Ref, auto Unref>
    any_object(const counted<Handle, Kind, Ref, Unref> &object) noexcept // NOLINT(*-explicit-*)
        : handle_(object.native()) {}
    [[nodiscard]] const void *native() const noexcept { return handle_; }

private:
    const void *handle_;
};

// An owned handle of any kind, as a record's payload or what a value refers to.
class handle {
public:
    handle() noexcept = default;
    explicit handle(void *owned) noexcept : handle_(owned) {}
    handle(handle &&other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    handle &operator=(handle &&other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~handle() { ald_handle_unref(handle_); }

    // `ALD_KIND_<X>`; ALD_KIND_NONE if it is empty.
    [[nodiscard]] ald_kind kind() const noexcept { return ald_handle_kind(handle_); }
    // The object, of which this one gives its reference away: `payload.as<alidade::value>()`.
    template <class Noun> [[nodiscard]] Noun as() && {
        if (kind() != Noun::native_kind) {
            throw std::invalid_argument("the handle is of another kind; ask kind() first");
        }
        return Noun(static_cast<typename Noun::native_type *>(std::exchange(handle_, nullptr)));
    }

private:
    void *handle_ = nullptr;
};

namespace detail {

inline void check(ald_status status, ald_error *why) {
    if (status != ALD_OK) {
        raise(status, why);
    }
}

// A record that its `_init` function has filled.
template <class Record> Record filled(void (*init)(Record *, std::uint32_t) noexcept) noexcept {
    Record record;
    init(&record, sizeof record);
    return record;
}

// The size that arrays have in common. Those that may be left out may be empty.
inline std::size_t common_size(std::size_t size, std::initializer_list<std::size_t> others) {
    for (const std::size_t other : others) {
        if (other != size) {
            throw std::invalid_argument("arrays of one call have different sizes");
        }
    }
    return size;
}

} // namespace detail

} // namespace alidade

#endif
