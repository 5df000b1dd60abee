// Records of older and newer clients: what both sides know is exchanged, the rest is left alone.
#include "capi/support.hpp"

#include <cmath>
#include <cstddef>
#include <cstring>

namespace tests {
namespace {

class records : public capi {};

constexpr unsigned char untouched = 0xa5;

// A record with room behind it, as a newer client has, all of it `untouched`.
template <class Record> struct roomy {
    roomy() { std::memset(static_cast<void *>(this), untouched, sizeof(*this)); }
    [[nodiscard]] bool is_untouched_from(std::size_t begin, std::size_t end) const {
        const auto *all = reinterpret_cast<const unsigned char *>(this);
        return std::all_of(all + begin, all + end, [](unsigned char c) { return c == untouched; });
    }
    [[nodiscard]] bool is_zero_from(std::size_t begin, std::size_t end) const {
        const auto *all = reinterpret_cast<const unsigned char *>(this);
        return std::all_of(all + begin, all + end, [](unsigned char c) { return c == 0; });
    }

    Record known;
    unsigned char behind[32];
};

// Every size from nothing to more than the library knows.
template <class Record> void expect_init_keeps_to_its_size(void (*init)(Record *, std::uint32_t)) {
    Record whole{};
    init(&whole, sizeof(whole));
    EXPECT_EQ(whole.struct_size, sizeof(whole));
    for (std::uint32_t size = 0; size <= sizeof(roomy<Record>); ++size) {
        roomy<Record> r;
        init(&r.known, size);
        EXPECT_TRUE(r.is_untouched_from(size, sizeof(r))) << size;
        if (size < sizeof(std::uint32_t)) {
            EXPECT_TRUE(r.is_untouched_from(0, sizeof(r))) << "no room for its own size";
            continue;
        }
        EXPECT_EQ(r.known.struct_size, size);
        const std::size_t both = std::min<std::size_t>(size, sizeof(Record));
        EXPECT_EQ(std::memcmp(reinterpret_cast<char *>(&r) + 4,
                              reinterpret_cast<char *>(&whole) + 4, both - 4),
                  0)
            << size;
        EXPECT_TRUE(r.is_zero_from(both, size)) << "what the library does not know is zero";
    }
    init(nullptr, sizeof(Record));
}

TEST_F(records, init_keeps_to_the_callers_size) {
    expect_init_keeps_to_its_size<ald_view>(ald_view_init);
    expect_init_keeps_to_its_size<ald_schema>(ald_schema_init);
    expect_init_keeps_to_its_size<ald_record>(ald_record_init);
    expect_init_keeps_to_its_size<ald_queue_stats>(ald_queue_stats_init);
    expect_init_keeps_to_its_size<ald_progress>(ald_progress_init);
    expect_init_keeps_to_its_size<ald_source_info>(ald_source_info_init);
    expect_init_keeps_to_its_size<ald_frame_info>(ald_frame_info_init);
    expect_init_keeps_to_its_size<ald_reading>(ald_reading_init);
}

// A function that fills a record, with every size of the record.
template <class Record, class Fill> void expect_fill_keeps_to_its_size(Fill fill) {
    Record whole{};
    whole.struct_size = sizeof(whole);
    ASSERT_EQ(fill(&whole), ALD_OK);
    for (std::uint32_t size = 0; size <= sizeof(roomy<Record>); ++size) {
        roomy<Record> r;
        r.known.struct_size = size;
        const ald_status filled = fill(&r.known);
        if (size < sizeof(std::uint32_t)) {
            EXPECT_EQ(filled, ALD_E_INVALID) << size;
            EXPECT_TRUE(r.is_untouched_from(4, sizeof(r))) << size;
            continue;
        }
        EXPECT_EQ(filled, ALD_OK) << size;
        EXPECT_EQ(r.known.struct_size, size) << "it stays the caller's";
        const std::size_t both = std::min<std::size_t>(size, sizeof(Record));
        EXPECT_TRUE(r.is_untouched_from(both, sizeof(r))) << size;
        EXPECT_EQ(std::memcmp(reinterpret_cast<char *>(&r) + 4,
                              reinterpret_cast<char *>(&whole) + 4, both - 4),
                  0)
            << size;
    }
}

TEST_F(records, outputs_keep_to_the_callers_size) {
    const auto q = new_queue();
    expect_fill_keeps_to_its_size<ald_queue_stats>(
        [&](ald_queue_stats *to) { return ald_queue_get_stats(q, to, nullptr); });
    const auto o = new_op();
    expect_fill_keeps_to_its_size<ald_progress>(
        [&](ald_progress *to) { return ald_op_progress(o, to, nullptr); });
    const auto d = open_mock("mock-readable");
    auto reading = initial(ald_reading_init);
    ASSERT_EQ(ald_readable_read(d, -2, nullptr, &reading, nullptr), ALD_OK);
    expect_fill_keeps_to_its_size<ald_reading>(
        [&](ald_reading *to) { return ald_readable_last(d, to, nullptr); });
    expect_fill_keeps_to_its_size<ald_schema>(
        [&](ald_schema *to) { return ald_device_property_at(d, 0, to, nullptr); });
    expect_fill_keeps_to_its_size<ald_schema>(
        [&](ald_schema *to) { return ald_device_property(d, "level", to, nullptr); });
}

TEST_F(records, an_older_clients_input_gets_the_defaults) {
    const auto o = new_op();
    // A client that knows no more than `done`.
    roomy<ald_progress> old;
    old.known.struct_size = offsetof(ald_progress, total);
    old.known.state = 0;
    old.known.done = 5;
    ASSERT_EQ(ald_op_advance(o, &old.known, nullptr), ALD_OK);
    auto seen = initial(ald_progress_init);
    ASSERT_EQ(ald_op_progress(o, &seen, nullptr), ALD_OK);
    EXPECT_EQ(seen.done, 5);
    EXPECT_EQ(seen.total, -1) << "unknown, not what happened to be there";
    EXPECT_STREQ(seen.phase, "");

    const auto q = new_queue();
    roomy<ald_record> record;
    record.known.struct_size = offsetof(ald_record, seq);
    record.known.kind = ALD_EVENT_USER;
    ASSERT_EQ(ald_queue_push(q, &record.known, 0, nullptr, nullptr), ALD_OK);
    const auto drained = drain(q);
    ASSERT_EQ(drained.size(), 1U);
    EXPECT_EQ(drained[0].tag, 0U);
    EXPECT_EQ(drained[0].payload, nullptr);
}

TEST_F(records, a_newer_clients_input_is_taken_as_far_as_it_is_known) {
    const auto o = new_op();
    roomy<ald_progress> newer;
    ald_progress_init(&newer.known, sizeof(newer));
    newer.known.done = 2;
    newer.known.total = 8;
    ASSERT_EQ(ald_op_advance(o, &newer.known, nullptr), ALD_OK);
    auto seen = initial(ald_progress_init);
    ASSERT_EQ(ald_op_progress(o, &seen, nullptr), ALD_OK);
    EXPECT_EQ(seen.total, 8);
}

TEST_F(records, input_without_a_size_is_refused) {
    const auto o = new_op();
    const auto q = new_queue();
    ald_progress progress{};
    ald_record record{};
    ald_source_info info{};
    owned<ald_source> source;
    error e;
    EXPECT_EQ(ald_op_advance(o, &progress, e.out()), ALD_E_INVALID);
    EXPECT_NE(message(e).find("_init"), std::string::npos) << message(e);
    EXPECT_EQ(ald_queue_push(q, &record, 0, nullptr, nullptr), ALD_E_INVALID);
    EXPECT_EQ(ald_queue_push(q, nullptr, 0, nullptr, nullptr), ALD_E_INVALID);
    EXPECT_EQ(ald_source_new_callback(
                  &info,
                  [](void *, std::int64_t, const ald_cancel *, ald_frame **,
                     ald_error **) -> ald_status { return ALD_E_END; },
                  nullptr, nullptr, source.out(), nullptr),
              ALD_E_INVALID);
}

// A negative number that a binding converted: no memory is that large, and nothing is read.
TEST_F(records, sizes_that_no_memory_has_are_refused) {
    owned<ald_simulation> meter;
    ASSERT_EQ(ald_simulation_start("mock-meter", nullptr, nullptr, meter.out(), nullptr), ALD_OK);
    for (const std::size_t size : {std::size_t{PTRDIFF_MAX} + 1, SIZE_MAX}) {
        owned<ald_value> v;
        owned<ald_settings> settings;
        owned<ald_buffer> buffer;
        error why;
        EXPECT_EQ(ald_value_new_string("a", size, v.out(), why.out()), ALD_E_INVALID);
        EXPECT_NE(std::string_view(ald_error_message(why)).find(std::to_string(size)),
                  std::string_view::npos)
            << ald_error_message(why);
        EXPECT_EQ(ald_value_new_bytes("a", size, v.out(), nullptr), ALD_E_INVALID);
        EXPECT_EQ(ald_value_from_cbor("a", size, v.out(), nullptr), ALD_E_INVALID);
        EXPECT_EQ(ald_value_from_json("1", size, ALD_JSON_PLAIN, v.out(), nullptr), ALD_E_INVALID);
        EXPECT_EQ(ald_settings_parse("a=1", size, "x", settings.out(), nullptr), ALD_E_INVALID);
        EXPECT_EQ(ald_simulation_say(meter, "a", size, nullptr), ALD_E_INVALID);
        char byte = 0;
        int released = 0;
        EXPECT_EQ(ald_buffer_wrap(
                      &byte, size, 0, [](void *count) { ++*static_cast<int *>(count); }, &released,
                      buffer.out(), nullptr),
                  ALD_E_INVALID);
        EXPECT_EQ(released, 1);
        EXPECT_EQ(ald_buffer_new(size, buffer.out(), nullptr), ALD_E_NO_MEMORY);
        double x = 0;
        EXPECT_EQ(ald_number_parse("1", size, &x, nullptr, nullptr), ALD_E_INVALID);
    }
}

TEST_F(records, flags_that_are_unknown_are_refused) {
    auto schema = initial(ald_schema_init);
    schema.name = "x";
    schema.type = ALD_TYPE_INT;
    schema.flags = std::uint64_t{1} << 62;
    EXPECT_EQ(ald_schema_check(&schema, new_int(1), nullptr), ALD_E_INVALID);
    auto record = initial(ald_record_init);
    record.flags = 1;
    EXPECT_EQ(ald_queue_push(new_queue(), &record, 0, nullptr, nullptr), ALD_E_INVALID);
}

} // namespace
} // namespace tests
