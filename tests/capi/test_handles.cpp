// Every exported function with handles that are none: no crash, the documented answer, no output
// touched, an error that can be read.
#include "capi/every_function.hpp"
#include "capi/kinds.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <limits>
#include <memory>
#include <set>

namespace tests {
namespace {

constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t greatest = std::numeric_limits<std::int64_t>::max();

const void *pattern(std::uint64_t bits) { return reinterpret_cast<const void *>(bits); }

std::uint64_t bits(const void *handle) { return reinterpret_cast<std::uintptr_t>(handle); }

// Tokens of objects that are no more.
std::vector<void *> stale_handles() {
    const good_handles gone;
    return gone.but(ALD_KIND_NONE);
}

std::vector<const void *> garbage() {
    static const int on_the_heap_or_stack = 0;
    static const std::unique_ptr<int> heap = std::make_unique<int>(0);
    std::vector<const void *> all{pattern(1),
                                  pattern(2),
                                  pattern(3),
                                  pattern(0x7fffffffffffffff),
                                  pattern(0x8000000000000000),
                                  pattern(0xffffffffffffffff),
                                  pattern(0xdeadbeefdeadbeef),
                                  pattern(0x00007f0000000001),
                                  &on_the_heap_or_stack,
                                  heap.get()};
    std::uint64_t x = 88172645463325252; // xorshift
    for (int i = 0; i < 8; ++i) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        all.push_back(pattern(x));
    }
    return all;
}

// Tokens that differ from a good one by little: generation, index, kind, the bits above.
std::vector<const void *> forged(const void *good) {
    std::vector<const void *> all;
    for (const int bit : {0, 1, 4, 5, 6, 20, 29, 30, 31, 59, 60, 63}) {
        all.push_back(pattern(bits(good) ^ (std::uint64_t{1} << bit)));
    }
    return all;
}

std::vector<const void *> bad_handles(const good_handles &good, ald_kind kind,
                                      const std::vector<void *> &stale) {
    std::vector<const void *> all = garbage();
    all.insert(all.end(), stale.begin(), stale.end());
    if (kind != ALD_KIND_NONE) {
        const auto others = good.but(kind);
        all.insert(all.end(), others.begin(), others.end());
        const auto near = forged(good.of(kind));
        all.insert(all.end(), near.begin(), near.end());
    }
    return all;
}

// Functions whose success would take from the other calls what they need, or leave a reference
// behind. test_shutdown and `references_count` look at them.
bool has_lasting_effect(const function &f) {
    const std::string_view name(f.name);
    return name == "ald_shutdown" || name.ends_with("_ref");
}

void expect_clean(const function &f, const outcome &o) {
    // It tells what is asked of the operation also when nothing new is.
    if (f.name != std::string_view("ald_op_wait_asked") || o.status != ALD_E_TIMEOUT) {
        EXPECT_EQ(o.dirty, "") << f.name;
    }
}

void expect_refused(const function &f, const outcome &o, const void *bad) {
    const auto shown = ::testing::Message() << f.name << " with " << bad;
    EXPECT_EQ(o.dirty, "") << shown;
    if (o.status) {
        EXPECT_EQ(*o.status, ALD_E_INVALID) << shown;
        ASSERT_TRUE(o.has_error_argument) << shown;
        EXPECT_EQ(ald_error_code(o.err), ALD_E_INVALID) << shown;
        EXPECT_NE(message(o.err), "") << shown;
        EXPECT_EQ(message(o.err).find('\n'), std::string::npos) << shown;
        if (ald_error_domain(o.err) == std::string_view("abi")) {
            EXPECT_EQ(ald_error_where(o.err), std::string_view(f.name)) << shown;
        }
    } else if (!f.lenient) {
        EXPECT_TRUE(o.sentinel) << shown;
    }
}

class handles : public capi {
protected:
    void TearDown() override {
        EXPECT_EQ(ald_log_set_sink(nullptr, nullptr, nullptr, nullptr), ALD_OK);
        EXPECT_EQ(ald_log_set_level(ALD_LOG_WARNING, nullptr), ALD_OK);
        capi::TearDown();
    }
};

std::set<std::string> exported() {
    Dl_info library{};
    EXPECT_NE(dladdr(reinterpret_cast<const void *>(&ald_version), &library), 0);
    const std::string command =
        "nm -D --defined-only '" + std::string(library.dli_fname) + "' 2>&1";
    const std::unique_ptr<FILE, int (*)(FILE *)> pipe(popen(command.c_str(), "r"), pclose);
    std::set<std::string> names;
    char address[64];
    char type[8];
    char name[256];
    char line[512];
    while (std::fgets(line, sizeof(line), pipe.get()) != nullptr) {
        if (std::sscanf(line, "%63s %7s %255[^@\n]", address, type, name) == 3 &&
            std::strcmp(type, "T") == 0) {
            names.insert(name);
        }
    }
    return names;
}

TEST_F(handles, the_table_has_every_exported_function) {
    std::set<std::string> listed;
    for (const function &f : every_function()) {
        EXPECT_TRUE(listed.insert(f.name).second) << f.name << " is listed twice";
    }
    for (const std::string &name : exported()) {
        EXPECT_EQ(listed.erase(name), 1U) << name << " is exported, but not in every_function.cpp";
    }
    EXPECT_TRUE(listed.empty()) << *listed.begin() << " is listed, but not exported";
}

TEST_F(handles, bad_ones_are_refused_in_every_place) {
    const auto stale = stale_handles();
    for (const function &f : every_function()) {
        const good_handles good;
        for (std::size_t place = 0; place < f.handles.size(); ++place) {
            for (const void *bad : bad_handles(good, f.handles[place], stale)) {
                const choice c{&good, static_cast<int>(place), bad};
                expect_refused(f, f.call(c), bad);
            }
        }
    }
}

TEST_F(handles, null_is_refused_in_the_first_place) {
    for (const function &f : every_function()) {
        if (f.handles.empty() || f.optional) {
            continue;
        }
        const good_handles good;
        for (const bool pointers : {true, false}) {
            const choice c{&good, 0, nullptr, pointers};
            expect_refused(f, f.call(c), nullptr);
        }
    }
}

TEST_F(handles, null_in_another_place_is_refused_or_means_none) {
    for (const function &f : every_function()) {
        for (std::size_t place = 1; place < f.handles.size(); ++place) {
            const good_handles good;
            const outcome o = f.call({&good, static_cast<int>(place), nullptr});
            expect_clean(f, o);
        }
    }
}

TEST_F(handles, bad_ones_are_refused_whatever_the_numbers_are) {
    for (const function &f : every_function()) {
        if (f.handles.empty()) {
            continue;
        }
        const good_handles good;
        for (const std::int64_t number : {least, std::int64_t{-1}, std::int64_t{1}, greatest}) {
            const void *bad = pattern(0xdeadbeefdeadbeef);
            expect_refused(f, f.call({&good, 0, bad, true, number}), bad);
        }
    }
}

TEST_F(handles, missing_pointers_are_refused_or_mean_none) {
    for (const function &f : every_function()) {
        if (has_lasting_effect(f)) {
            continue;
        }
        const good_handles good;
        const outcome o = f.call({&good, -1, nullptr, false});
        if (o.status && *o.status < 0 && o.has_error_argument) {
            EXPECT_EQ(ald_error_code(o.err), *o.status) << f.name;
            EXPECT_NE(message(o.err), "") << f.name;
        }
    }
}

TEST_F(handles, good_ones_with_plain_arguments_do_not_crash) {
    for (const function &f : every_function()) {
        if (has_lasting_effect(f)) {
            continue;
        }
        const good_handles good;
        const outcome o = f.call({&good});
        expect_clean(f, o);
        EXPECT_NE(o.status, ald_status{ALD_E_INTERNAL}) << f.name << ": " << message(o.err);
    }
}

TEST_F(handles, giving_back_what_is_none_takes_nothing) {
    const auto stale = stale_handles();
    const good_handles good;
    for (const function &f : every_function()) {
        if (!f.lenient || f.handles.size() != 1) {
            continue;
        }
        for (const void *bad : bad_handles(good, f.handles[0], stale)) {
            (void)f.call({&good, 0, bad});
        }
    }
    for (const ald_kind kind : every_kind) {
        EXPECT_EQ(ald_handle_kind(good.of(kind)), kind);
    }
}

TEST_F(handles, many_at_once_may_hold_none) {
    auto q = new_queue();
    const std::int64_t before = ald_handle_count();
    const void *mixed[] = {nullptr, pattern(3), q.release(), stale_handles()[3]};
    ald_handle_unref_many(mixed, 4);
    // Not at once: what the stale handles stood for is closed by another thread.
    EXPECT_TRUE(eventually([&] { return ald_handle_count() == before - 1; }));
    ald_handle_unref_many(mixed, -1);
    ald_handle_unref_many(nullptr, 7);
}

TEST_F(handles, a_place_is_cleared_once) {
    const std::int64_t before = ald_handle_count();
    ald_queue *q = new_queue().release();
    ald_handle_clear(&q);
    EXPECT_EQ(q, nullptr);
    EXPECT_EQ(ald_handle_count(), before);
    ald_handle_clear(&q);
    const void *none[] = {pattern(3), stale_handles()[3]};
    ald_handle_clear(&none[0]);
    ald_handle_clear(&none[1]);
    EXPECT_EQ(none[1], nullptr);
    ald_handle_clear(nullptr);
}

TEST_F(handles, references_count) {
    const auto q = new_queue();
    ald_queue_ref(q);
    ald_handle_ref(q);
    ald_queue_unref(q);
    ald_queue_unref(q);
    EXPECT_EQ(ald_handle_kind(q.get()), ALD_KIND_QUEUE);
}

TEST_F(handles, a_token_is_never_given_out_again) {
    std::set<const void *> seen;
    for (int i = 0; i < 20'000; ++i) {
        const auto c = new_cancel();
        EXPECT_TRUE(seen.insert(c.get()).second);
    }
}

} // namespace
} // namespace tests
