// A thin C++ face of the host's table, for drivers written in C++. Uses alidade/driver.h alone.
#pragma once

#include "support/fault.hpp"

#include <alidade/driver.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace drivers {

inline constexpr double none = std::numeric_limits<double>::quiet_NaN();

// A number that was measured within `uncertainty_ns` of `t_mono_ns`; 0 stands for now.
struct measured {
    double value = 0;
    std::int64_t t_mono_ns = 0;
    std::int64_t uncertainty_ns = 0;
    std::uint64_t quality = 0; // `ALD_READING_<X>` flags
};

// A value that goes back to the host at the end of its scope.
class value {
public:
    value(const ald_host &host, ald_value *owned) noexcept : host_(&host), owned_(owned) {}
    value(value &&other) noexcept
        : host_(other.host_), owned_(std::exchange(other.owned_, nullptr)) {}
    value(const value &) = delete;
    value &operator=(const value &) = delete;
    value &operator=(value &&) = delete;
    ~value() { host_->value_unref(owned_); }
    [[nodiscard]] ald_value *get() const noexcept { return owned_; }

private:
    const ald_host *host_;
    ald_value *owned_;
};

[[nodiscard]] inline value make_bool(const ald_host &host, bool x) noexcept {
    ald_value *made = nullptr;
    host.value_new_bool(x ? 1 : 0, &made, nullptr);
    return {host, made};
}

[[nodiscard]] inline value make_int(const ald_host &host, std::int64_t x) noexcept {
    ald_value *made = nullptr;
    host.value_new_int(x, &made, nullptr);
    return {host, made};
}

[[nodiscard]] inline value make_double(const ald_host &host, double x) noexcept {
    ald_value *made = nullptr;
    host.value_new_double(x, &made, nullptr);
    return {host, made};
}

[[nodiscard]] inline value make_string(const ald_host &host, std::string_view x) noexcept {
    ald_value *made = nullptr;
    host.value_new_string(x.data(), x.size(), &made, nullptr);
    return {host, made};
}

// Content of a value; NaN, 0, false or "" for one of another type.
[[nodiscard]] inline double double_of(const ald_host &host, const ald_value *v) noexcept {
    double x = none;
    host.value_get_double(v, &x, nullptr);
    return x;
}

[[nodiscard]] inline std::int64_t int_of(const ald_host &host, const ald_value *v) noexcept {
    std::int64_t x = 0;
    host.value_get_int(v, &x, nullptr);
    return x;
}

[[nodiscard]] inline bool bool_of(const ald_host &host, const ald_value *v) noexcept {
    std::int32_t x = 0;
    host.value_get_bool(v, &x, nullptr);
    return x != 0;
}

[[nodiscard]] inline std::string string_of(const ald_host &host, const ald_value *v) {
    const char *data = "";
    std::size_t size = 0;
    host.value_get_string(v, &data, &size, nullptr);
    return {data, size};
}

// Options are complete and checked, so these find what the driver's schema records promise.
class options {
public:
    options(const ald_host &host, const ald_value *map) noexcept : host_(host), map_(map) {}

    [[nodiscard]] bool has(const char *name) const noexcept { return find(name).get() != nullptr; }
    [[nodiscard]] double number(const char *name) const noexcept {
        return double_of(host_, find(name).get());
    }
    [[nodiscard]] std::int64_t integer(const char *name) const noexcept {
        return int_of(host_, find(name).get());
    }
    [[nodiscard]] bool flag(const char *name) const noexcept {
        return bool_of(host_, find(name).get());
    }
    [[nodiscard]] std::string text(const char *name) const {
        return string_of(host_, find(name).get());
    }
    [[nodiscard]] std::vector<std::string> texts(const char *name) const {
        const value v = find(name);
        std::vector<std::string> all;
        for (std::int64_t i = 0; i < host_.value_count(v.get()); ++i) {
            ald_value *item = nullptr;
            host_.value_at(v.get(), i, &item, nullptr);
            all.push_back(string_of(host_, value(host_, item).get()));
        }
        return all;
    }

    [[nodiscard]] value any(const char *name) const noexcept { return find(name); }

private:
    [[nodiscard]] value find(const char *name) const noexcept {
        ald_value *v = nullptr;
        host_.value_get(map_, name, &v, nullptr);
        return {host_, v};
    }
    const ald_host &host_;
    const ald_value *map_;
};

[[nodiscard]] inline value make_map(const ald_host &host) noexcept {
    ald_value *made = nullptr;
    host.value_new_map(&made, nullptr);
    return {host, made};
}

[[nodiscard]] inline value make_list(const ald_host &host) noexcept {
    ald_value *made = nullptr;
    host.value_new_list(&made, nullptr);
    return {host, made};
}

[[nodiscard]] inline value make_list(const ald_host &host,
                                     std::initializer_list<const char *> words) noexcept {
    value made = make_list(host);
    for (const char *word : words) {
        host.value_append(made.get(), make_string(host, word).get(), nullptr);
    }
    return made;
}

// A number with a point, whatever the locale of the program: printf and std::to_string follow it.
[[nodiscard]] inline std::string to_text(const ald_host &host, double x, ald_notation notation,
                                         std::int32_t digits) {
    std::array<char, 420> text{};
    std::size_t size = 0;
    host.number_format(x, notation, digits, text.data(), text.size(), &size, nullptr);
    return {text.data(), size};
}

// A schema record for a property or an option; members can be changed before it is used.
[[nodiscard]] inline ald_schema record(const char *name, ald_type type, const char *unit,
                                       const char *doc,
                                       std::uint64_t flags = ALD_SCHEMA_READ) noexcept {
    ald_schema s{};
    s.struct_size = sizeof(s);
    s.type = type;
    s.name = name;
    s.unit = unit;
    s.doc = doc;
    s.min = none;
    s.max = none;
    s.step = none;
    s.flags = flags;
    return s;
}

[[nodiscard]] inline ald_request_info describe(const ald_host &host,
                                               const ald_request *request) noexcept {
    ald_request_info info{};
    info.struct_size = sizeof(info);
    host.describe(request, &info);
    return info;
}

inline void complete(const ald_host &host, ald_request *request) noexcept {
    host.complete(request, ALD_OK, nullptr, nullptr);
}

inline void complete(const ald_host &host, ald_request *request, const value &v) noexcept {
    // Without a value there was no memory for it.
    host.complete(request, v.get() != nullptr ? ALD_OK : ALD_E_NO_MEMORY, v.get(), nullptr);
}

inline void complete(const ald_host &host, ald_request *request, double number) noexcept {
    ald_reading r{};
    r.struct_size = sizeof(r);
    r.value = number;
    host.complete_reading(request, &r);
}

inline void complete(const ald_host &host, ald_request *request, const measured &m) noexcept {
    ald_reading r{};
    r.struct_size = sizeof(r);
    r.value = m.value;
    r.t_mono_ns = m.t_mono_ns;
    r.uncertainty_ns = m.uncertainty_ns;
    r.quality = m.quality;
    host.complete_reading(request, &r);
}

// Also where memory ran out: nothing is copied here.
inline void refuse(const ald_host &host, ald_request *request, ald_status status,
                   const char *domain, const char *message) noexcept {
    ald_error *why = host.error_new(status, domain, 0, message);
    host.complete(request, status, nullptr, why);
    host.error_unref(why);
}

inline void refuse(const ald_host &host, ald_request *request, const char *domain,
                   const fault &why) noexcept {
    if (why.given) {
        host.complete(request, why.code, nullptr, why.given.get());
        return;
    }
    ald_error *made = host.error_new(why.code, domain, why.native_code, why.message.c_str());
    host.complete(request, why.code, nullptr, made);
    host.error_unref(made);
}

// Fault that a function of the host reported; `given` is released when nobody holds it any more.
[[nodiscard]] inline fault failed(const ald_host &host, ald_status status, ald_error *given) {
    fault why{status, "the library reported no more"};
    if (given != nullptr) {
        why.given = {given, [&host](const ald_error *e) { host.error_unref(e); }};
    }
    return why;
}

// The outcome of `call`, which gives a status, and an error through its argument.
template <class Call> [[nodiscard]] outcome called(const ald_host &host, const Call &call) {
    ald_error *why = nullptr;
    const ald_status status = call(&why);
    return status == ALD_OK ? outcome(done{}) : failed(host, status, why);
}

} // namespace drivers
