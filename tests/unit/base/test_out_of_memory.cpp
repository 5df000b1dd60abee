// Fails every allocation of an operation in turn: std::bad_alloc must come out, nothing else may
// change, and nothing may leak.
#include "base/text/cbor.hpp"
#include "base/text/json.hpp"
#include "base/text/settings.hpp"
#include "base/text/units.hpp"
#include "base/value/dlpack.hpp"
#include "base/value/schema.hpp"

#include "unit/base/values_support.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>

namespace {

// Of the thread under test only: GoogleTest and the sanitizers go on undisturbed.
thread_local bool counting = false;
thread_local long allocations_left = -1;
thread_local long blocks_alive = 0;

void *allocate(std::size_t size, std::size_t alignment) {
    if (counting && allocations_left >= 0 && allocations_left-- == 0) {
        throw std::bad_alloc();
    }
    void *block = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    if (block == nullptr) {
        throw std::bad_alloc();
    }
    blocks_alive += counting ? 1 : 0;
    return block;
}

void deallocate(void *block) noexcept {
    blocks_alive -= counting && block != nullptr ? 1 : 0;
    std::free(block);
}

constexpr std::size_t usual = alignof(std::max_align_t);

} // namespace

void *operator new(std::size_t size) { return allocate(size == 0 ? 1 : size, usual); }
void operator delete(void *block) noexcept { deallocate(block); }
void operator delete(void *block, std::size_t) noexcept { deallocate(block); }

namespace alidade {
namespace {

using test::must;

// Runs `operation` with the first, the second, ... allocation failing until it needs no more.
template <class Operation> void survives(const char *what, Operation operation) {
    for (long failing = 0;; ++failing) {
        ASSERT_LT(failing, 100000) << what;
        bool completed = false;
        allocations_left = failing;
        blocks_alive = 0;
        counting = true;
        try {
            operation();
            completed = allocations_left >= 0;
        } catch (const std::bad_alloc &) {
        }
        counting = false;
        ASSERT_EQ(blocks_alive, 0) << what << " leaks when allocation " << failing << " fails";
        if (completed) {
            ASSERT_GT(failing, 0) << what << " allocates nothing: the test shows nothing";
            return;
        }
    }
}

value sample() {
    array bools = must(zeros(ALD_DTYPE_BOOL, std::vector<std::int64_t>{2, 3}));
    bools.view.flags = ALD_VIEW_READONLY;
    return value(map{{"a long key, beyond what a string keeps in place", value(1.5)},
                     {"list", value(list{value(std::int64_t{1}), value("text"), value(list{})})},
                     {"bytes", value(bytes(100))},
                     {"array", value(bools)},
                     {"$type", value(map{{"$type", value(std::nan(""))}})}});
}

TEST(OutOfMemory, Values) {
    const value shared = sample();
    survives("copy and set", [&shared] {
        value v = shared;
        (void)v.set("another long key, beyond what a string keeps in place", value("x"));
        (void)v.set("list", value(list{shared}));
    });
    survives("append", [] {
        value v(list{});
        for (std::int64_t i = 0; i < 20; ++i) {
            (void)v.append(value(i));
        }
    });
    survives("too deep", [] {
        value v(list{});
        (void)v.append(test::nested_lists(64));
    });
    survives("buffer of", [] { (void)buffer::of(std::string(1000, 'x')); });
}

TEST(OutOfMemory, LeavesAValueAsItWas) {
    const std::string key = "a key that is too long to be kept in place";
    for (long failing = 0; failing < 4; ++failing) {
        value v(map{{"a", value(1.0)}});
        const value before = v;
        allocations_left = failing;
        counting = true;
        try {
            (void)v.set(key, value(2.0));
        } catch (const std::bad_alloc &) {
            counting = false;
            EXPECT_EQ(v, before) << failing;
        }
        counting = false;
    }
}

TEST(OutOfMemory, WrappedMemoryIsReleasedOnceAllTheSame) {
    for (long failing = 0; failing < 2; ++failing) {
        int released = 0;
        char data[8];
        allocations_left = failing;
        counting = true;
        try {
            (void)buffer::wrap(data, sizeof data, false, [&released] { ++released; });
        } catch (const std::bad_alloc &) {
        }
        counting = false;
        EXPECT_EQ(released, 1) << failing;
    }
}

TEST(OutOfMemory, Cbor) {
    const value v = sample();
    const bytes encoded = must(to_cbor(v));
    const bytes cut(encoded.begin(), encoded.end() - 1);
    const value handle{ref<const object>(ref<buffer>(buffer::allocate(1)))};
    survives("to CBOR", [&v] { (void)to_cbor(v); });
    survives("from CBOR", [&encoded] { (void)from_cbor(encoded); });
    survives("from corrupt CBOR", [&cut] { (void)from_cbor(cut); });
    survives("a handle to CBOR", [&handle] { (void)to_cbor(handle); });
}

TEST(OutOfMemory, Json) {
    const value v = sample();
    const std::string tagged = must(to_json(v, json_mode::tagged, 2));
    const std::string cut = tagged.substr(0, tagged.size() - 1);
    survives("to tagged JSON", [&v] { (void)to_json(v, json_mode::tagged); });
    survives("to plain JSON", [&v] { (void)to_json(v, json_mode::plain); });
    survives("from JSON", [&tagged] { (void)from_json(tagged, json_mode::tagged); });
    survives("from corrupt JSON", [&cut] { (void)from_json(cut, json_mode::tagged); });
}

TEST(OutOfMemory, Dlpack) {
    const array a = must(zeros(ALD_DTYPE_FLOAT64, std::vector<std::int64_t>{2, 3}));
    survives("export and import", [&a] {
        const auto tensor = dlpack_export(a, true);
        try {
            const auto back = dlpack_import(*tensor, true);
            dlpack_take(*back->memory, *tensor, true);
        } catch (const std::bad_alloc &) {
            dlpack_delete(*tensor, true); // it stayed ours
            throw;
        }
    });
}

TEST(OutOfMemory, Schema) {
    const schema s = must(validated({.name = "a name beyond what a string keeps in place",
                                     .type = ALD_TYPE_STRING,
                                     .choices = value(list{value("one"), value("two")}),
                                     .initial = value("one")}));
    const value good("two");
    const value bad("tow");
    survives("validate", [&s] { (void)validated(s); });
    survives("refuse", [&] { (void)check(s, bad); });
    EXPECT_TRUE(check(s, good));
}

TEST(OutOfMemory, Units) {
    survives("unknown unit", [] { (void)convert_unit(1, "foo", "m"); });
    survives("incommensurable", [] { (void)convert_unit(1, "kg.m3", "deg"); });
}

TEST(OutOfMemory, Settings) {
    constexpr std::string_view text = R"(
title = "a text beyond what a string keeps in place"
[devices.stage]
limits = [0, 25.5, { a.b = 1979-05-27T07:32:00.5Z }]
[[plans]]
"quoted key" = [[1, 2], [3, 4]]
[[plans]]
)";
    survives("parse", [text] { (void)settings::parse(text, "lab.toml"); });
    survives("parse what is no TOML", [] { (void)settings::parse("a = 1\nb = ", "lab.toml"); });
    const auto s = must(settings::parse(text, "lab.toml"));
    const std::vector<schema> records{{.name = "titel"}, {.name = "missing", .flags = 8}};
    survives("find", [&s] { (void)s->find("devices.stage.limit"); });
    survives("check", [&] { (void)s->check("", records); });
    survives("load", [] { (void)settings::load("/nonexistent/lab.toml"); });
}

} // namespace
} // namespace alidade
