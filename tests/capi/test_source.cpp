// Sources of frames through the C interface.
#include "capi/support.hpp"

#include <cmath>
#include <cstring>
#include <limits>

namespace tests {
namespace {

class sources : public capi {};

constexpr double no_rate = std::numeric_limits<double>::quiet_NaN();

struct frame_of {
    owned<ald_frame> frame;
    ald_view view = initial(ald_view_init);
    ald_frame_info info = initial(ald_frame_info_init);

    ald_status next(ald_source *from, std::int64_t timeout_ns = -1,
                    const ald_cancel *cancel = nullptr, ald_error **err = nullptr) {
        return looked(ald_source_next(from, timeout_ns, cancel, frame.out(), err));
    }
    ald_status at(ald_source *from, std::int64_t index) {
        return looked(ald_source_at(from, index, -1, nullptr, frame.out(), nullptr));
    }
    ald_status looked(ald_status status) {
        if (status == ALD_OK) {
            EXPECT_EQ(ald_frame_get_view(frame, &view, nullptr), ALD_OK);
            EXPECT_EQ(ald_frame_get_info(frame, &info, nullptr), ALD_OK);
        }
        return status;
    }
    [[nodiscard]] std::uint16_t first() const {
        std::uint16_t x = 0;
        std::memcpy(&x, view.data, sizeof(x));
        return x;
    }
};

// `count` images of 2 x 3, the number of the image in each pixel.
owned<ald_source> images(std::int64_t count, double rate = no_rate) {
    owned<ald_buffer> b;
    owned<ald_source> source;
    auto view = initial(ald_view_init);
    const std::int64_t shape[] = {count, 2, 3};
    EXPECT_EQ(ald_buffer_new(static_cast<std::size_t>(count) * 12, b.out(), nullptr), ALD_OK);
    auto *pixels = static_cast<std::uint16_t *>(ald_buffer_data(b));
    for (std::int64_t i = 0; i < count * 6; ++i) {
        pixels[i] = static_cast<std::uint16_t>(i / 6);
    }
    EXPECT_EQ(ald_buffer_get_view(b, 0, ALD_DTYPE_UINT16, shape, 3, &view, nullptr), ALD_OK);
    EXPECT_EQ(ald_source_new_array(b, &view, rate, source.out(), nullptr), ALD_OK);
    return source;
}

owned<ald_source> of_function(ald_source_fn read, void *data = nullptr,
                              void (*destroy)(void *) = nullptr, std::uint64_t flags = 0) {
    owned<ald_source> source;
    auto info = initial(ald_source_info_init);
    info.flags = flags;
    EXPECT_EQ(ald_source_new_callback(&info, read, data, destroy, source.out(), nullptr), ALD_OK);
    return source;
}

ald_status three_numbers(void *, std::int64_t index, const ald_cancel *, ald_frame **frame,
                         ald_error **err) {
    if (index >= 3) {
        return ALD_E_END;
    }
    const std::int64_t shape[] = {1};
    owned<ald_buffer> memory;
    const ald_status made = ald_buffer_new(2, memory.out(), err);
    if (made != ALD_OK) {
        return made;
    }
    const auto x = static_cast<std::uint16_t>(10 * index);
    std::memcpy(ald_buffer_data(memory), &x, sizeof(x));
    auto view = initial(ald_view_init);
    EXPECT_EQ(ald_buffer_get_view(memory, 0, ALD_DTYPE_UINT16, shape, 1, &view, nullptr), ALD_OK);
    auto info = initial(ald_frame_info_init);
    info.index = 77; // the source counts itself
    info.t_mono_ns = 1000 + index;
    return ald_frame_new(&view, memory, &info, nullptr, frame, err);
}

TEST_F(sources, of_an_array_give_its_parts) {
    const auto s = images(3);
    auto info = initial(ald_source_info_init);
    ASSERT_EQ(ald_source_describe(s, &info, nullptr), ALD_OK);
    EXPECT_EQ(info.dtype, ALD_DTYPE_UINT16);
    EXPECT_EQ(info.count, 3);
    EXPECT_EQ(info.ndim, 2);
    EXPECT_EQ(info.shape[0], 2);
    EXPECT_EQ(info.shape[1], 3);
    EXPECT_TRUE(std::isnan(info.rate));
    frame_of one;
    for (std::int64_t i = 0; i < 3; ++i) {
        ASSERT_EQ(one.next(s), ALD_OK);
        EXPECT_EQ(one.info.index, i);
        EXPECT_EQ(one.first(), i);
        EXPECT_EQ(one.view.ndim, 2);
    }
    EXPECT_EQ(one.next(s), ALD_E_END);
    EXPECT_EQ(one.frame.get(), nullptr);
    ASSERT_EQ(one.at(s, 1), ALD_OK);
    EXPECT_EQ(one.first(), 1);
    EXPECT_EQ(one.at(s, 3), ALD_E_RANGE);
    EXPECT_EQ(one.at(s, -1), ALD_E_RANGE);
}

TEST_F(sources, a_frame_outlives_its_source) {
    auto s = images(2);
    frame_of one;
    ASSERT_EQ(one.at(s, 1), ALD_OK);
    s.reset();
    EXPECT_EQ(one.first(), 1);
}

TEST_F(sources, find_by_time) {
    const auto s = images(10, 4);
    std::int64_t index = -1;
    ASSERT_EQ(ald_source_find(s, 1.0, &index, nullptr), ALD_OK);
    EXPECT_EQ(index, 4);
    ASSERT_EQ(ald_source_find(s, 1e9, &index, nullptr), ALD_OK);
    EXPECT_EQ(index, 9);
    ASSERT_EQ(ald_source_find(s, -1, &index, nullptr), ALD_OK);
    EXPECT_EQ(index, 0);
    EXPECT_EQ(ald_source_find(s, no_rate, &index, nullptr), ALD_E_INVALID);
    EXPECT_EQ(ald_source_find(images(1), 0, &index, nullptr), ALD_E_UNSUPPORTED);
}

TEST_F(sources, of_a_function_ask_it_for_each) {
    const auto s = of_function(three_numbers);
    frame_of one;
    for (std::int64_t i = 0; i < 3; ++i) {
        ASSERT_EQ(one.next(s), ALD_OK);
        EXPECT_EQ(one.first(), 10 * i);
        EXPECT_EQ(one.info.t_mono_ns, 1000 + i);
    }
    EXPECT_EQ(one.next(s), ALD_E_END);
    EXPECT_EQ(one.at(s, 0), ALD_E_UNSUPPORTED);
    const auto seekable = of_function(three_numbers, nullptr, nullptr, ALD_SOURCE_SEEKABLE);
    ASSERT_EQ(one.at(seekable, 2), ALD_OK);
    EXPECT_EQ(one.first(), 20);
    EXPECT_EQ(one.at(seekable, 3), ALD_E_RANGE);
}

TEST_F(sources, give_a_frame_by_an_operation) {
    const auto s = of_function(three_numbers);
    owned<ald_op> o;
    ASSERT_EQ(ald_source_start_next(s, -1, o.out(), nullptr), ALD_OK);
    EXPECT_EQ(end_of(o), ALD_OK);
    owned<ald_value> v;
    ASSERT_EQ(ald_op_result(o, v.out(), nullptr), ALD_OK);
    void *held = nullptr;
    ASSERT_EQ(ald_value_get_handle(v, &held, nullptr), ALD_OK);
    ASSERT_EQ(ald_handle_kind(held), ALD_KIND_FRAME);
    frame_of one;
    one.frame.reset(static_cast<ald_frame *>(held));
    EXPECT_EQ(one.looked(ALD_OK), ALD_OK);
    EXPECT_EQ(one.info.index, 0);
    EXPECT_EQ(one.info.t_mono_ns, 1000);
    EXPECT_EQ(one.view.dtype, ALD_DTYPE_UINT16);
}

TEST_F(sources, a_function_that_fails_or_gives_rubbish_is_told_of) {
    const auto fails = of_function(
        [](void *, std::int64_t, const ald_cancel *, ald_frame **, ald_error **err) -> ald_status {
            (void)ald_error_new(ALD_E_CALLBACK, "python", 0, "OSError: gone", nullptr, nullptr,
                                nullptr, err, nullptr);
            return ALD_E_CALLBACK;
        });
    frame_of one;
    error e;
    EXPECT_EQ(one.next(fails, -1, nullptr, e.out()), ALD_E_CALLBACK);
    EXPECT_EQ(message(e), "OSError: gone");
    const auto gives_nothing =
        of_function([](void *, std::int64_t, const ald_cancel *, ald_frame **,
                       ald_error **) -> ald_status { return ALD_OK; });
    EXPECT_EQ(one.next(gives_nothing, -1, nullptr, e.out()), ALD_E_CALLBACK);
    EXPECT_NE(message(e).find("frame 0"), std::string::npos) << message(e);
    owned<ald_buffer> no_frame;
    ASSERT_EQ(ald_buffer_new(8, no_frame.out(), nullptr), ALD_OK);
    const auto gives_a_buffer = of_function(
        [](void *buffer, std::int64_t, const ald_cancel *, ald_frame **frame, ald_error **) {
            *frame = static_cast<ald_frame *>(buffer);
            return ald_status{ALD_OK};
        },
        no_frame.get());
    EXPECT_EQ(one.next(gives_a_buffer), ALD_E_CALLBACK);
    EXPECT_EQ(one.frame.get(), nullptr);
}

TEST_F(sources, a_cancelled_operation_loses_nothing) {
    struct slow {
        std::atomic<bool> entered{false};
        std::atomic<bool> go{false};
        static ald_status read(void *self, std::int64_t index, const ald_cancel *cancel,
                               ald_frame **frame, ald_error **err) {
            auto &mine = *static_cast<slow *>(self);
            mine.entered = true;
            EXPECT_TRUE(eventually([&] { return mine.go.load(); }));
            return three_numbers(nullptr, index, cancel, frame, err);
        }
    } f;
    const auto s = of_function(slow::read, &f);
    owned<ald_op> o;
    ASSERT_EQ(ald_source_start_next(s, -1, o.out(), nullptr), ALD_OK);
    EXPECT_TRUE(eventually([&] { return f.entered.load(); }));
    EXPECT_EQ(ald_op_cancel(o, nullptr), ALD_OK);
    f.go = true;
    EXPECT_EQ(end_of(o), ALD_E_CANCELLED);
    frame_of one;
    ASSERT_EQ(one.next(s), ALD_OK);
    EXPECT_EQ(one.info.index, 0);
}

TEST_F(sources, data_is_destroyed_once_whatever_happens) {
    static std::atomic<int> destroyed{0};
    destroyed = 0;
    const auto destroy = [](void *) { ++destroyed; };
    of_function(three_numbers, nullptr, destroy).reset();
    EXPECT_TRUE(eventually([] { return destroyed == 1; }));
    owned<ald_source> none;
    auto info = initial(ald_source_info_init);
    EXPECT_EQ(
        ald_source_new_callback(nullptr, three_numbers, nullptr, destroy, none.out(), nullptr),
        ALD_E_INVALID);
    EXPECT_EQ(ald_source_new_callback(&info, nullptr, nullptr, destroy, none.out(), nullptr),
              ALD_E_INVALID);
    info.flags = std::uint64_t{1} << 50;
    EXPECT_EQ(ald_source_new_callback(&info, three_numbers, nullptr, destroy, none.out(), nullptr),
              ALD_E_INVALID);
    EXPECT_EQ(destroyed, 4);
}

} // namespace
} // namespace tests
