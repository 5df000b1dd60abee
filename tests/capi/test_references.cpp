// References: an object of any kind lives as long as one is left.
#include "capi/every_function.hpp"
#include "capi/kinds.hpp"

#include <cmath>

namespace tests {
namespace {

class references : public capi {};

// Takes a second reference to an object of each kind and gives both back.
TEST_F(references, of_every_kind_are_counted) {
    for (const counting &of : counting_of_kinds) {
        good_handles good;
        void *const handle = good.release(of.kind);
        ASSERT_EQ(ald_handle_kind(handle), of.kind);
        of.ref(handle);
        of.unref(handle);
        EXPECT_EQ(ald_handle_kind(handle), of.kind) << "one reference is left";
        of.ref(nullptr);
        of.unref(nullptr);
        of.unref(handle);
        EXPECT_EQ(ald_handle_kind(handle), ALD_KIND_NONE) << of.kind;
    }
}

TEST_F(references, a_child_keeps_its_lab_and_its_parent_open) {
    owned<ald_device> child;
    {
        const auto computer = open_mock("host", R"({"publish": false})");
        ASSERT_EQ(ald_device_child(computer, "memory", child.out(), nullptr), ALD_OK);
    }
    auto reading = initial(ald_reading_init);
    error e;
    ASSERT_EQ(ald_readable_read(child, ALD_WAIT_DEFAULT, nullptr, &reading, e.out()), ALD_OK)
        << message(e);
    EXPECT_GT(reading.value, 0);
}

double position_of(ald_device *axis) {
    double position = -1;
    error e;
    EXPECT_EQ(ald_movable_position(axis, ALD_WAIT_DEFAULT, nullptr, &position, e.out()), ALD_OK)
        << message(e);
    return position;
}

// A lab that is given back too often, then its device: nothing that others hold is freed.
TEST_F(references, one_too_many_frees_nothing_that_others_keep) {
    owned<ald_lab> other;
    owned<ald_device> others_axis;
    ASSERT_EQ(ald_lab_new("other", other.out(), nullptr), ALD_OK);
    ASSERT_EQ(ald_lab_add(other, "axis", "mock-movable", nullptr, others_axis.out(), nullptr),
              ALD_OK);
    ASSERT_EQ(ald_device_open(others_axis, ALD_WAIT_DEFAULT, nullptr, nullptr), ALD_OK);
    for (int round = 0; round < 20; ++round) {
        owned<ald_lab> lab;
        owned<ald_device> axis;
        ASSERT_EQ(ald_lab_new("bench", lab.out(), nullptr), ALD_OK);
        ASSERT_EQ(ald_lab_add(lab, "axis", "mock-movable", nullptr, axis.out(), nullptr), ALD_OK);
        ASSERT_EQ(ald_device_open(axis, ALD_WAIT_DEFAULT, nullptr, nullptr), ALD_OK);
        const ald_lab *gone = lab.get();
        lab.reset();
        for (int too_often = 0; too_often < 3; ++too_often) {
            ald_lab_unref(gone);
            ald_handle_unref(gone);
        }
        owned<ald_lab> in_its_place; // whose slot that of the lab may be
        ASSERT_EQ(ald_lab_new("next", in_its_place.out(), nullptr), ALD_OK);
        ald_lab_unref(gone);
        EXPECT_STREQ(ald_lab_name(in_its_place), "next");
        EXPECT_EQ(position_of(axis), 0) << "its lab was closed under it";
        const ald_device *device = axis.get();
        axis.reset();
        ald_device_unref(device);
        ald_lab_unref(gone);
        EXPECT_EQ(ald_handle_kind(device), ALD_KIND_NONE);
    }
    EXPECT_EQ(position_of(others_axis), 0);
}

TEST_F(references, a_device_stays_open_for_its_streams_and_their_sources) {
    owned<ald_source> live;
    {
        owned<ald_device> camera = open_mock("mock-camera");
        owned<ald_frame_stream> frames;
        ASSERT_EQ(ald_frame_stream_open(camera, nullptr, frames.out(), nullptr), ALD_OK);
        ASSERT_EQ(ald_frame_stream_source(frames, live.out(), nullptr), ALD_OK);
        ASSERT_EQ(ald_camera_arm(camera, ALD_WAIT_DEFAULT, nullptr, nullptr), ALD_OK);
        ASSERT_EQ(ald_camera_trigger(camera, ALD_WAIT_DEFAULT, nullptr, nullptr), ALD_OK);
        for (const void *too_often :
             {static_cast<const void *>(camera.get()), static_cast<const void *>(frames.get())}) {
            ald_handle_unref(too_often);
            ald_handle_unref(too_often);
        }
    }
    owned<ald_op> next;
    owned<ald_value> item;
    error e;
    ASSERT_EQ(ald_source_start_next(live, 20 * s, next.out(), nullptr), ALD_OK);
    ASSERT_EQ(ald_op_wait(next, 20 * s, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(ald_op_result(next, item.out(), e.out()), ALD_OK) << message(e);
}

// What a value or a waiting record refers to stays open for it, whatever callers give back.
TEST_F(references, values_and_records_keep_what_they_refer_to_open) {
    auto axis = open_mock("mock-movable");
    owned<ald_value> refers;
    ASSERT_EQ(ald_value_new_handle(axis, refers.out(), nullptr), ALD_OK);
    const auto q = new_queue();
    const auto lab_of = [](const char *name) {
        owned<ald_lab> lab;
        EXPECT_EQ(ald_lab_new(name, lab.out(), nullptr), ALD_OK);
        return lab;
    };
    auto lab = lab_of("waits");
    auto record = initial(ald_record_init);
    record.payload = lab.get();
    ASSERT_EQ(ald_queue_push(q, &record, 0, nullptr, nullptr), ALD_OK);
    for (const void *token :
         {static_cast<const void *>(axis.release()), static_cast<const void *>(lab.release())}) {
        for (int too_often = 0; too_often < 3; ++too_often) {
            ald_handle_unref(token);
        }
        EXPECT_EQ(ald_handle_kind(token), ALD_KIND_NONE);
    }
    void *handle = nullptr;
    ASSERT_EQ(ald_value_get_handle(refers, &handle, nullptr), ALD_OK);
    const owned<ald_device> again(static_cast<ald_device *>(handle));
    EXPECT_EQ(position_of(again), 0);
    const auto waited = drain(q);
    ASSERT_EQ(waited.size(), 1U);
    const owned<ald_lab> drained(static_cast<ald_lab *>(waited[0].payload));
    error e;
    EXPECT_EQ(ald_lab_add(drained, "axis", "mock-movable", nullptr, nullptr, e.out()), ALD_OK)
        << message(e);
}

TEST_F(references, no_handle_is_a_small_number) {
    const auto v = new_int(1);
    const auto bits = reinterpret_cast<std::uintptr_t>(v.get());
    EXPECT_GT(bits, std::uintptr_t{1} << 48) << "no address either";
    for (std::uintptr_t number = 0; number < 100'000; ++number) {
        ASSERT_EQ(ald_handle_kind(reinterpret_cast<const void *>(number)), ALD_KIND_NONE);
    }
}

TEST_F(references, features_are_those_that_are_listed) {
    const std::string all = ald_feature_names();
    EXPECT_EQ(ald_has_feature("toml"), 1);
    EXPECT_NE(all.find("toml"), std::string::npos);
    EXPECT_EQ(ald_has_feature("tom"), 0);
    EXPECT_EQ(ald_has_feature(""), 0);
    EXPECT_EQ(ald_has_feature(nullptr), 0);
}

TEST_F(references, a_view_must_lie_inside_its_buffer) {
    owned<ald_buffer> b;
    ASSERT_EQ(ald_buffer_new(64, b.out(), nullptr), ALD_OK);
    auto view = initial(ald_view_init);
    const std::int64_t shape[] = {2, 4};
    ASSERT_EQ(ald_buffer_get_view(b, 0, ALD_DTYPE_FLOAT64, shape, 2, &view, nullptr), ALD_OK);
    error e;
    EXPECT_EQ(ald_buffer_check_view(b, &view, e.out()), ALD_OK);
    view.shape[0] = 3;
    EXPECT_EQ(ald_buffer_check_view(b, &view, e.out()), ALD_E_RANGE);
    EXPECT_NE(message(e), "");
    view.shape[0] = 2;
    view.dtype = 99;
    EXPECT_EQ(ald_buffer_check_view(b, &view, e.out()), ALD_E_INVALID);
}

TEST_F(references, settings_are_checked_with_their_place) {
    constexpr std::string_view text = "[camera]\nexposure = 0.5\ngian = 2\n";
    owned<ald_settings> settings;
    ASSERT_EQ(ald_settings_parse(text.data(), text.size(), "camera.toml", settings.out(), nullptr),
              ALD_OK);
    std::vector<ald_schema> records(2, initial(ald_schema_init));
    records[0].name = "exposure";
    records[0].unit = "s";
    records[0].type = ALD_TYPE_DOUBLE;
    records[1].name = "gain";
    records[1].type = ALD_TYPE_INT;
    const auto check = [&](error &e) {
        return ald_settings_check(settings, "camera", records.data(), sizeof(ald_schema), 2,
                                  e.out());
    };
    error e;
    EXPECT_EQ(check(e), ALD_E_NOT_FOUND);
    EXPECT_NE(message(e).find("gain"), std::string::npos) << message(e);
    EXPECT_STREQ(ald_error_where(e), "camera.toml:3:1");
    records[1].name = "gian";
    EXPECT_EQ(check(e), ALD_OK);
    records[0].max = 0.1;
    EXPECT_EQ(check(e), ALD_E_RANGE);
    EXPECT_NE(message(e).find("0.1 s"), std::string::npos) << message(e);
}

} // namespace
} // namespace tests
