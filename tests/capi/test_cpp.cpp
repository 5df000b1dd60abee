// alidade.hpp, the C++ face of the C interface: values, operations, queues, a lab with devices.
#include <alidade/alidade.hpp>

#include "capi/support.hpp"

#include <array>
#include <type_traits>

namespace tests {
namespace {

using namespace std::chrono_literals;

class cpp : public capi {};

template <class Error, class Call> Error caught(Call call) {
    try {
        call();
    } catch (const Error &e) {
        return e;
    }
    ADD_FAILURE() << "it threw nothing";
    return Error(ALD_OK, nullptr);
}

TEST_F(cpp, copies_share_the_object_and_moves_leave_nothing) {
    static_assert(std::is_nothrow_move_constructible_v<alidade::value>);
    auto list = alidade::value::make_list();
    {
        alidade::value same = list;
        EXPECT_EQ(same, list);
        same.append(alidade::value::make_int(1));
    }
    EXPECT_EQ(list.count(), 1) << "the copy was the same list";
    const alidade::value moved = std::move(list);
    EXPECT_FALSE(list); // NOLINT(bugprone-use-after-move): it is what is asked
    ASSERT_TRUE(moved);
    EXPECT_EQ(moved.at(0).get_int(), 1);
    alidade::value assigned = alidade::value::make_null();
    assigned = moved;
    assigned = static_cast<const alidade::value &>(assigned);
    EXPECT_EQ(assigned.count(), 1);
    const auto shared = alidade::value::share<alidade::value>(moved.native());
    EXPECT_EQ(shared, moved);
}

TEST_F(cpp, a_reference_that_is_given_away_is_the_callers) {
    auto value = alidade::value::make_double(0.5);
    const owned<ald_value> taken(value.release());
    EXPECT_EQ(double_of(taken), 0.5);
    EXPECT_EQ(ald_handle_kind(value.native()), ALD_KIND_NONE);
}

TEST_F(cpp, values_of_text_bytes_and_maps) {
    auto map = alidade::value::make_map();
    map.set("text", alidade::value::make_string({"a\0b", 3}));
    const std::array bytes{std::byte{1}, std::byte{0}, std::byte{255}};
    map.set("bytes", alidade::value::make_bytes(bytes));
    EXPECT_EQ(map.get("text").get_string(), std::string_view("a\0b", 3));
    const auto kept = map.get("bytes");
    const auto back = kept.get_bytes();
    EXPECT_TRUE(std::equal(back.begin(), back.end(), bytes.begin(), bytes.end()));
    EXPECT_EQ(map.key_at(1), "bytes");
    const auto cbor = map.to_cbor();
    EXPECT_TRUE(alidade::value::from_cbor(cbor.bytes()).equal(map));
}

TEST_F(cpp, arrays_share_their_memory) {
    const auto buffer = alidade::buffer::make(6 * sizeof(double));
    const std::array<std::int64_t, 2> shape{2, 3};
    const ald_view view = buffer.get_view(0, ALD_DTYPE_FLOAT64, shape);
    const auto [memory, seen] = alidade::value::make_array(buffer, view).get_array();
    EXPECT_EQ(memory, buffer);
    EXPECT_EQ(seen.shape[1], 3);
}

TEST_F(cpp, an_error_is_of_its_statuss_class_and_tells_all) {
    const auto e = caught<alidade::not_found_error>([] {
        (void)alidade::settings::parse("[stage]\nspeed = 1\n", "lab.toml").get("stage.sped");
    });
    EXPECT_EQ(e.status(), ALD_E_NOT_FOUND);
    EXPECT_NE(e.message().find("speed"), std::string_view::npos) << e.message();
    EXPECT_EQ(e.domain(), "settings");
    EXPECT_FALSE(e.where().empty());
    EXPECT_EQ(ald_error_code(e.native()), ALD_E_NOT_FOUND);
    EXPECT_EQ(e.what(), e.message());
    const auto far = caught<alidade::error>([] { // the class of all of them
        auto stage = alidade::device::make("stage", "mock-movable");
        stage.open();
        alidade::movable(stage).move_abs(1e9);
    });
    EXPECT_EQ(far.status(), ALD_E_RANGE);
    EXPECT_EQ(far.hint(), "");
    const auto none = caught<alidade::invalid_error>(
        [] { (void)alidade::callable::make("f", nullptr, nullptr, nullptr); });
    EXPECT_EQ(none.hint(), "give a function") << none.message();
}

TEST_F(cpp, an_error_without_a_description_names_its_status) {
    const alidade::timeout_error e(ALD_E_TIMEOUT, nullptr);
    EXPECT_STREQ(e.what(), "ALD_E_TIMEOUT");
    EXPECT_EQ(e.where(), "");
    EXPECT_EQ(e.hint(), "");
}

TEST_F(cpp, operations_are_waited_for_with_a_duration) {
    auto work = alidade::op::make(ALD_OP_PAUSABLE);
    EXPECT_EQ(caught<alidade::timeout_error>([&] { work.wait(1ms); }).status(), ALD_E_TIMEOUT);
    EXPECT_EQ(caught<alidade::timeout_error>([&] { work.wait(alidade::timeout::none()); }).status(),
              ALD_E_TIMEOUT);
    ald_progress progress = alidade::detail::filled(ald_progress_init);
    progress.done = 3;
    work.advance(&progress);
    EXPECT_EQ(work.progress().done, 3);
    work.finish(ALD_OK, alidade::value::make_int(7));
    work.wait(20s);
    EXPECT_EQ(work.result().get_int(), 7);
    EXPECT_THROW(alidade::timeout(std::chrono::duration<double>(-0.5)), std::invalid_argument);
}

TEST_F(cpp, a_cancel_ends_a_wait) {
    auto cancel = alidade::cancel::make();
    cancel.trigger();
    EXPECT_TRUE(cancel.is_triggered());
    auto queue = alidade::queue::make(4, ALD_POLICY_LOSSLESS);
    EXPECT_THROW(queue.wait(20s, cancel), alidade::cancelled_error);
}

TEST_F(cpp, records_of_a_queue_own_their_payload) {
    auto queue = alidade::queue::make(4, ALD_POLICY_LOSSLESS);
    ald_record record = alidade::detail::filled(ald_record_init);
    const auto note = alidade::value::make_string("hello");
    record.payload = note.native();
    queue.push(record);
    std::array<ald_record, 4> records{};
    ASSERT_EQ(queue.drain(records), 1);
    alidade::handle payload(records[0].payload);
    EXPECT_EQ(payload.kind(), ALD_KIND_VALUE);
    EXPECT_THROW((void)std::move(payload).as<alidade::queue>(), std::invalid_argument);
    // NOLINTBEGIN(bugprone-use-after-move): what is of another kind stays, what was given is gone
    EXPECT_EQ(std::move(payload).as<alidade::value>().get_string(), "hello");
    EXPECT_EQ(payload.kind(), ALD_KIND_NONE);
    // NOLINTEND(bugprone-use-after-move)
}

TEST_F(cpp, a_lab_with_a_device) {
    auto lab = alidade::lab::make("bench");
    auto options = alidade::value::make_map();
    const auto added = lab.add("stage", "mock-movable", options);
    lab.open();
    EXPECT_EQ(lab.device_count(), 1);
    EXPECT_EQ(lab.device_at(0), added);
    EXPECT_TRUE(added.can("movable", 1));
    EXPECT_FALSE(added.can("camera", 1));
    alidade::movable stage(lab.device("stage"));
    stage.move_abs(2.5, 20s);
    EXPECT_EQ(stage.position(), 2.5);
    const auto op = stage.start_move_rel(1, 20s);
    op.wait(20s);
    EXPECT_EQ(stage.position(), 3.5);
    EXPECT_EQ(stage.get("position").get_double(), 3.5);
    EXPECT_EQ(stage.lab(), lab);
    const auto refers = alidade::value::make_handle(stage);
    EXPECT_EQ(refers.get_handle().as<alidade::device>(), added);
    lab.close();
    EXPECT_THROW((void)stage.position(), alidade::closed_error);
}

TEST_F(cpp, arrays_of_one_call_must_have_one_size) {
    const std::array x{0.0, 1.0, 2.0};
    std::array y{0.0, 0.0, 0.0};
    const std::array line{1.0, 2.0};
    alidade::fit_evaluate(ALD_FIT_LINE, line.data(), x, y);
    EXPECT_NE(y[0], y[1]);
    EXPECT_THROW(alidade::fit_evaluate(ALD_FIT_LINE, line.data(), x, std::span(y).first(2)),
                 std::invalid_argument);
    EXPECT_EQ(alidade::number_format(12.5, ALD_NOTATION_FIXED, 2), "12.50");
    EXPECT_EQ(std::get<0>(alidade::number_parse("12.5")), 12.5);
}

} // namespace
} // namespace tests
