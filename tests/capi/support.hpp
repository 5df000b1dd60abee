// What the tests of the C interface have in common. They see the public headers only.
#pragma once

#include "support/eventually.hpp"

#include <alidade.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tests {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t s = 1'000 * ms;

// Gives a handle of any kind back.
inline void unref(const void *handle) { ald_handle_unref(handle); }

// Owns a handle of any kind.
template <class Handle> class owned {
public:
    owned() = default;
    explicit owned(Handle *handle) : handle_(handle) {}
    owned(owned &&other) noexcept : handle_(other.release()) {}
    owned &operator=(owned &&other) noexcept {
        reset(other.release());
        return *this;
    }
    ~owned() { unref(handle_); }

    // As an input.
    operator Handle *() const { return handle_; } // NOLINT(*-explicit-*)
    [[nodiscard]] Handle *get() const { return handle_; }
    // As an output.
    Handle **out() {
        reset();
        return &handle_;
    }
    void reset(Handle *handle = nullptr) { unref(std::exchange(handle_, handle)); }
    [[nodiscard]] Handle *release() { return std::exchange(handle_, nullptr); }

private:
    Handle *handle_ = nullptr;
};

using error = owned<ald_error>;

inline std::string message(const error &e) { return ald_error_message(e); }

template <class Record> Record initial(void (*init)(Record *, std::uint32_t) noexcept) {
    Record r{};
    init(&r, sizeof(r));
    return r;
}

inline owned<ald_queue> new_queue(std::int64_t capacity = 64,
                                  ald_policy policy = ALD_POLICY_DROP_OLDEST) {
    owned<ald_queue> q;
    EXPECT_EQ(ald_queue_new(capacity, policy, q.out(), nullptr), ALD_OK);
    return q;
}

inline owned<ald_cancel> new_cancel() {
    owned<ald_cancel> c;
    EXPECT_EQ(ald_cancel_new(c.out(), nullptr), ALD_OK);
    return c;
}

inline owned<ald_op> new_op(std::uint64_t flags = 0) {
    owned<ald_op> o;
    EXPECT_EQ(ald_op_new(flags, o.out(), nullptr), ALD_OK);
    return o;
}

inline owned<ald_value> new_int(std::int64_t x) {
    owned<ald_value> v;
    EXPECT_EQ(ald_value_new_int(x, v.out(), nullptr), ALD_OK);
    return v;
}

inline std::int64_t int_of(const ald_value *v) {
    std::int64_t x = -1;
    EXPECT_EQ(ald_value_get_int(v, &x, nullptr), ALD_OK);
    return x;
}

inline owned<ald_value> new_double(double x) {
    owned<ald_value> v;
    EXPECT_EQ(ald_value_new_double(x, v.out(), nullptr), ALD_OK);
    return v;
}

inline double double_of(const ald_value *v) {
    double x = -1;
    EXPECT_EQ(ald_value_get_double(v, &x, nullptr), ALD_OK);
    return x;
}

inline std::string string_of(const ald_value *v) {
    const char *text = nullptr;
    std::size_t size = 0;
    EXPECT_EQ(ald_value_get_string(v, &text, &size, nullptr), ALD_OK);
    return {text, size};
}

inline owned<ald_value> from_json(std::string_view text) {
    owned<ald_value> v;
    EXPECT_EQ(ald_value_from_json(text.data(), text.size(), ALD_JSON_PLAIN, v.out(), nullptr),
              ALD_OK);
    return v;
}

// The item of a map; an empty one if there is none.
inline owned<ald_value> item(const ald_value *map, const char *key) {
    owned<ald_value> v;
    (void)ald_value_get(map, key, v.out(), nullptr);
    return v;
}

// A device of one of the drivers for trying programs out; `options` in JSON.
inline owned<ald_device> new_mock(const char *driver, std::string_view options = "{}") {
    owned<ald_device> d;
    error e;
    EXPECT_EQ(ald_device_new("thing", driver, from_json(options), d.out(), e.out()), ALD_OK)
        << message(e);
    return d;
}

inline owned<ald_device> open_mock(const char *driver, std::string_view options = "{}") {
    auto d = new_mock(driver, options);
    error e;
    EXPECT_EQ(ald_device_open(d, ALD_WAIT_DEFAULT, nullptr, e.out()), ALD_OK) << message(e);
    return d;
}

// How an operation ended, ALD_OK among that.
inline ald_status end_of(const ald_op *op) {
    EXPECT_EQ(ald_op_wait(op, 20 * s, nullptr, nullptr), ALD_OK) << "it never ended";
    return ald_op_result(op, nullptr, nullptr);
}

inline std::vector<ald_record> drain(ald_queue *q) {
    std::vector<ald_record> records(1024);
    std::int64_t count = 0;
    (void)ald_queue_drain(q, records.data(), sizeof(ald_record), 1024, &count, nullptr);
    records.resize(static_cast<std::size_t>(count));
    return records;
}

// The drivers of the library keep handles of their own from their first use on.
inline std::int64_t handles_with_drivers_loaded() {
    owned<ald_value> drivers;
    EXPECT_EQ(ald_driver_list(drivers.out(), nullptr), ALD_OK);
    drivers.reset();
    return ald_handle_count();
}

// Every test gives back all handles that it was given.
class capi : public ::testing::Test {
protected:
    void TearDown() override {
        EXPECT_TRUE(eventually([this] { return ald_handle_count() == before_; }))
            << ald_handle_count() - before_ << " handles were not given back";
    }

private:
    std::int64_t before_ = handles_with_drivers_loaded();
};

} // namespace tests
