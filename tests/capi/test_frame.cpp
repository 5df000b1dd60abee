// Frames: all that is known of one arrives, whichever way it goes.
#include "capi/support.hpp"

#include <atomic>
#include <cmath>
#include <cstring>

namespace tests {
namespace {

class frames : public capi {};

// Every field with a value of its own.
ald_frame_info every_field() {
    auto info = initial(ald_frame_info_init);
    info.bit_depth = 12;
    info.index = 1;
    info.seq = 2;
    info.lost_before = 3;
    info.hw_seq = 4;
    info.t_mono_ns = 5;
    info.t_wall_ns = 6;
    info.t_hw_ns = 7;
    info.clock_id = 8;
    info.uncertainty_ns = 9;
    info.flags = ALD_FRAME_SATURATED | ALD_FRAME_INCOMPLETE;
    info.exposure = 0.5;
    info.gain = 1.5;
    info.offset = 2.5;
    info.temperature = -3.5;
    info.roi_x = 10;
    info.roi_y = 11;
    info.roi_width = 12;
    info.roi_height = 13;
    info.binning_x = 14;
    info.binning_y = 15;
    return info;
}

ald_frame_info info_of(const ald_frame *frame) {
    auto info = initial(ald_frame_info_init);
    EXPECT_EQ(ald_frame_get_info(frame, &info, nullptr), ALD_OK);
    return info;
}

ald_view view_of(const ald_frame *frame) {
    auto view = initial(ald_view_init);
    EXPECT_EQ(ald_frame_get_view(frame, &view, nullptr), ALD_OK);
    return view;
}

// Records have no padding, so that their bytes can be compared.
void expect_same(const ald_frame_info &a, const ald_frame_info &b) {
    EXPECT_EQ(std::memcmp(&a, &b, sizeof(a)), 0);
    EXPECT_EQ(a.seq, b.seq);
    EXPECT_EQ(a.exposure, b.exposure);
}

void expect_same_metadata(const ald_frame *a, const ald_frame *b) {
    owned<ald_value> of_a;
    owned<ald_value> of_b;
    ASSERT_EQ(ald_frame_metadata(a, of_a.out(), nullptr), ALD_OK);
    ASSERT_EQ(ald_frame_metadata(b, of_b.out(), nullptr), ALD_OK);
    EXPECT_EQ(ald_value_equal(of_a, of_b), 1);
    EXPECT_EQ(ald_value_count(of_a), 2);
}

owned<ald_frame> whole(const ald_frame_info &info) {
    owned<ald_buffer> memory;
    EXPECT_EQ(ald_buffer_new(2 * 3 * 4 * 8, memory.out(), nullptr), ALD_OK);
    auto *numbers = static_cast<double *>(ald_buffer_data(memory));
    for (int i = 0; i < 24; ++i) {
        numbers[i] = i;
    }
    const std::int64_t shape[] = {2, 3, 4};
    auto view = initial(ald_view_init);
    EXPECT_EQ(ald_buffer_get_view(memory, 0, ALD_DTYPE_FLOAT64, shape, 3, &view, nullptr), ALD_OK);
    owned<ald_frame> made;
    error e;
    EXPECT_EQ(ald_frame_new(&view, memory, &info, from_json(R"({"sample": "A3", "pass": [1, 2]})"),
                            made.out(), e.out()),
              ALD_OK)
        << message(e);
    return made;
}

TEST_F(frames, keep_all_that_is_known) {
    const ald_frame_info known = every_field();
    const auto frame = whole(known);
    expect_same(info_of(frame), known);
    const ald_view view = view_of(frame);
    EXPECT_EQ(view.ndim, 3);
    EXPECT_EQ(view.flags, std::uint64_t{ALD_VIEW_READONLY});
    EXPECT_EQ(static_cast<const double *>(view.data)[23], 23) << "its owner's memory is kept";
    owned<ald_buffer> memory;
    ASSERT_EQ(ald_frame_buffer(frame, memory.out(), nullptr), ALD_OK);
    EXPECT_EQ(ald_buffer_is_readonly(memory), 1);
    EXPECT_EQ(ald_buffer_check_view(memory, &view, nullptr), ALD_OK);
}

TEST_F(frames, know_nothing_that_nobody_told) {
    owned<ald_buffer> memory;
    ASSERT_EQ(ald_buffer_new(8, memory.out(), nullptr), ALD_OK);
    auto view = initial(ald_view_init);
    const std::int64_t shape[] = {8};
    ASSERT_EQ(ald_buffer_get_view(memory, 0, ALD_DTYPE_UINT8, shape, 1, &view, nullptr), ALD_OK);
    owned<ald_frame> frame;
    ASSERT_EQ(ald_frame_new(&view, memory, nullptr, nullptr, frame.out(), nullptr), ALD_OK);
    const ald_frame_info info = info_of(frame);
    EXPECT_TRUE(std::isnan(info.exposure));
    EXPECT_EQ(info.hw_seq, -1);
    owned<ald_value> metadata;
    ASSERT_EQ(ald_frame_metadata(frame, metadata.out(), nullptr), ALD_OK);
    EXPECT_EQ(ald_value_type(metadata), ALD_TYPE_MAP);
    EXPECT_EQ(ald_value_count(metadata), 0);
    memory.reset();
    EXPECT_EQ(static_cast<const std::uint8_t *>(view_of(frame).data)[7], 0);
}

TEST_F(frames, go_through_a_value) {
    const auto frame = whole(every_field());
    owned<ald_value> v;
    ASSERT_EQ(ald_value_new_handle(frame, v.out(), nullptr), ALD_OK);
    void *given = nullptr;
    ASSERT_EQ(ald_value_get_handle(v, &given, nullptr), ALD_OK);
    ASSERT_EQ(ald_handle_kind(given), ALD_KIND_FRAME);
    const owned<ald_frame> back(static_cast<ald_frame *>(given));
    expect_same(info_of(back), every_field());
    expect_same_metadata(back, frame);
    EXPECT_EQ(view_of(back).data, view_of(frame).data);
}

TEST_F(frames, go_through_a_source) {
    const auto frame = whole(every_field());
    const auto give = [](void *held, std::int64_t, const ald_cancel *, ald_frame **out,
                         ald_error **) {
        ald_frame_ref(static_cast<ald_frame *>(held));
        *out = static_cast<ald_frame *>(held);
        return ald_status{ALD_OK};
    };
    auto description = initial(ald_source_info_init);
    description.flags = ALD_SOURCE_SEEKABLE;
    owned<ald_source> source;
    ASSERT_EQ(
        ald_source_new_callback(&description, give, frame.get(), nullptr, source.out(), nullptr),
        ALD_OK);
    for (const std::int64_t index : {0, 1, 5}) {
        owned<ald_frame> given;
        ASSERT_EQ(ald_source_at(source, index, -1, nullptr, given.out(), nullptr), ALD_OK);
        auto expected = every_field();
        expected.index = index; // which is the source's own
        expect_same(info_of(given), expected);
        expect_same_metadata(given, frame);
        EXPECT_EQ(view_of(given).data, view_of(frame).data);
        owned<ald_buffer> memory;
        ASSERT_EQ(ald_frame_buffer(given, memory.out(), nullptr), ALD_OK);
        const ald_view view = view_of(given);
        EXPECT_EQ(ald_buffer_check_view(memory, &view, nullptr), ALD_OK);
    }
}

// Given to one function of two streams of the same camera.
struct collected {
    std::mutex mutex;
    owned<ald_frame> frame;
    static ald_status take(void *self, ald_frame_stream *, ald_frame *frame) {
        auto &mine = *static_cast<collected *>(self);
        const std::scoped_lock lock(mine.mutex);
        ald_frame_ref(frame);
        mine.frame.reset(frame);
        return ALD_E_END; // one is enough
    }
};

TEST_F(frames, of_a_camera_arrive_whole_by_stream_callback_and_source) {
    const auto camera = open_mock("mock-camera",
                                  R"({"pattern": "gradient", "width": 32, "height": 16, "garble": 1,
                                      "metadata": {"sample": "A3", "pass": [1, 2]}})");
    owned<ald_frame_stream> pulled;
    owned<ald_frame_stream> pushed;
    owned<ald_frame_stream> behind_source;
    owned<ald_source> live;
    collected seen;
    ASSERT_EQ(ald_frame_stream_open(camera, nullptr, pulled.out(), nullptr), ALD_OK);
    ASSERT_EQ(ald_frame_stream_open_callback(camera, nullptr, collected::take, &seen, nullptr,
                                             pushed.out(), nullptr),
              ALD_OK);
    ASSERT_EQ(ald_frame_stream_open(camera, nullptr, behind_source.out(), nullptr), ALD_OK);
    ASSERT_EQ(ald_frame_stream_source(behind_source, live.out(), nullptr), ALD_OK);
    ASSERT_EQ(ald_device_set(camera, "roi",
                             from_json(R"({"x": 4, "y": 2, "width": 20, "height": 10})"), 5 * s,
                             nullptr, nullptr, nullptr),
              ALD_OK);
    ASSERT_EQ(ald_device_set(camera, "binning", new_int(2), 5 * s, nullptr, nullptr, nullptr),
              ALD_OK);
    ASSERT_EQ(ald_camera_arm(camera, 5 * s, nullptr, nullptr), ALD_OK);
    ASSERT_EQ(ald_camera_trigger(camera, 5 * s, nullptr, nullptr), ALD_OK);
    owned<ald_frame> from_stream;
    owned<ald_frame> from_source;
    ASSERT_EQ(ald_frame_stream_next(pulled, 20 * s, nullptr, from_stream.out(), nullptr, nullptr),
              ALD_OK);
    ASSERT_EQ(ald_source_next(live, 20 * s, nullptr, from_source.out(), nullptr), ALD_OK);
    EXPECT_TRUE(eventually([&] {
        const std::scoped_lock lock(seen.mutex);
        return seen.frame.get() != nullptr;
    }));
    const ald_frame_info info = info_of(from_stream);
    EXPECT_EQ(info.hw_seq, 0);
    EXPECT_GT(info.t_mono_ns, 0);
    EXPECT_GT(info.t_wall_ns, 0);
    EXPECT_GT(info.t_hw_ns, 0);
    EXPECT_NE(info.clock_id, 0U);
    EXPECT_GT(info.uncertainty_ns, 0);
    EXPECT_EQ(info.flags, std::uint64_t{ALD_FRAME_INCOMPLETE});
    EXPECT_GT(info.exposure, 0);
    EXPECT_GT(info.gain, 0);
    EXPECT_EQ(info.offset, 100);
    EXPECT_NEAR(info.temperature, 22, 1);
    EXPECT_EQ(info.roi_x, 4);
    EXPECT_EQ(info.roi_y, 2);
    EXPECT_EQ(info.roi_width, 20);
    EXPECT_EQ(info.roi_height, 10);
    EXPECT_EQ(info.binning_x, 2);
    EXPECT_EQ(info.binning_y, 2);
    EXPECT_EQ(info.bit_depth, 16);
    for (const ald_frame *other : {from_source.get(), seen.frame.get()}) {
        expect_same(info_of(other), info);
        expect_same_metadata(other, from_stream);
        EXPECT_EQ(view_of(other).data, view_of(from_stream).data) << "not copied";
    }
}

TEST_F(frames, refuse_what_no_frame_can_be) {
    owned<ald_buffer> memory;
    ASSERT_EQ(ald_buffer_new(8, memory.out(), nullptr), ALD_OK);
    auto view = initial(ald_view_init);
    const std::int64_t shape[] = {8};
    ASSERT_EQ(ald_buffer_get_view(memory, 0, ALD_DTYPE_UINT8, shape, 1, &view, nullptr), ALD_OK);
    owned<ald_frame> none;
    error e;
    EXPECT_EQ(ald_frame_new(&view, memory, nullptr, from_json("[1]"), none.out(), e.out()),
              ALD_E_INVALID);
    EXPECT_NE(message(e).find("metadata"), std::string::npos) << message(e);
    const auto refused = [&](auto change, std::string_view named) {
        auto info = initial(ald_frame_info_init);
        change(info);
        EXPECT_EQ(ald_frame_new(&view, memory, &info, nullptr, none.out(), e.out()), ALD_E_INVALID);
        EXPECT_NE(message(e).find(named), std::string::npos) << message(e);
        EXPECT_EQ(none.get(), nullptr);
    };
    refused([](auto &i) { i.flags = 4; }, "flags");
    refused([](auto &i) { i.bit_depth = -1; }, "bit_depth");
    refused([](auto &i) { i.binning_y = 0; }, "binning");
    refused([](auto &i) { i.roi_width = -1; }, "roi");
    refused([](auto &i) { i.uncertainty_ns = -1; }, "uncertainty_ns");
    refused([](auto &i) { i.struct_size = 0; }, "struct_size");
    view.shape[0] = 1000;
    EXPECT_EQ(ald_frame_new(&view, memory, nullptr, nullptr, none.out(), nullptr), ALD_E_RANGE);
}

} // namespace
} // namespace tests
