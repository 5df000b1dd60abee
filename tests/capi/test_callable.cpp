// Functions of the application through the C interface.
#include "capi/support.hpp"

#include <thread>

namespace tests {
namespace {

class callables : public capi {};

owned<ald_callable> new_callable(ald_callable_fn fn, void *data = nullptr,
                                 void (*destroy)(void *) = nullptr) {
    owned<ald_callable> c;
    EXPECT_EQ(ald_callable_new("f", fn, data, destroy, c.out(), nullptr), ALD_OK);
    return c;
}

ald_status add_one(void *, const ald_value *arguments, const ald_cancel *, ald_value **result,
                   ald_error **err) {
    std::int64_t x = 0;
    const ald_status read = ald_value_get_int(arguments, &x, err);
    return read == ALD_OK ? ald_value_new_int(x + 1, result, err) : read;
}

ald_status until_cancelled(void *, const ald_value *, const ald_cancel *cancel, ald_value **,
                           ald_error **) {
    EXPECT_TRUE(eventually([&] { return ald_cancel_is_triggered(cancel) == 1; }));
    return ALD_E_CANCELLED;
}

TEST_F(callables, give_what_the_function_gives) {
    const auto c = new_callable(add_one);
    EXPECT_STREQ(ald_callable_name(c), "f");
    owned<ald_value> v;
    ASSERT_EQ(ald_callable_call(c, new_int(41), -1, nullptr, v.out(), nullptr), ALD_OK);
    EXPECT_EQ(int_of(v), 42);
    EXPECT_EQ(ald_callable_call(c, new_int(1), -1, nullptr, nullptr, nullptr), ALD_OK);
    owned<ald_op> o;
    ASSERT_EQ(ald_callable_start_call(c, new_int(1), -1, o.out(), nullptr), ALD_OK);
    EXPECT_EQ(end_of(o), ALD_OK);
    ASSERT_EQ(ald_op_result(o, v.out(), nullptr), ALD_OK);
    EXPECT_EQ(int_of(v), 2);
}

TEST_F(callables, no_arguments_are_null_and_no_result_too) {
    const auto c = new_callable([](void *, const ald_value *arguments, const ald_cancel *,
                                   ald_value **, ald_error **) -> ald_status {
        EXPECT_EQ(ald_value_type(arguments), ALD_TYPE_NULL);
        return ALD_OK;
    });
    owned<ald_value> v;
    ASSERT_EQ(ald_callable_call(c, nullptr, -1, nullptr, v.out(), nullptr), ALD_OK);
    EXPECT_EQ(ald_value_type(v), ALD_TYPE_NULL);
}

TEST_F(callables, a_failure_comes_back_with_the_functions_error) {
    const auto c = new_callable([](void *, const ald_value *, const ald_cancel *, ald_value **,
                                   ald_error **err) -> ald_status {
        (void)ald_error_new(ALD_E_CALLBACK, "python", 0, "ValueError: no", nullptr,
                            "Traceback (most recent call last): ...", nullptr, err, nullptr);
        return ALD_E_CALLBACK;
    });
    error e;
    owned<ald_value> v;
    EXPECT_EQ(ald_callable_call(c, nullptr, -1, nullptr, v.out(), e.out()), ALD_E_CALLBACK);
    EXPECT_EQ(v.get(), nullptr);
    EXPECT_EQ(message(e), "ValueError: no");
    EXPECT_STREQ(ald_error_domain(e), "python");
    EXPECT_NE(std::string(ald_error_traceback(e)), "");
}

TEST_F(callables, a_failure_without_an_error_or_with_a_value_leaks_nothing) {
    const auto c = new_callable([](void *, const ald_value *, const ald_cancel *,
                                   ald_value **result, ald_error **) -> ald_status {
        (void)ald_value_new_int(1, result, nullptr); // in spite of the failure
        return 17;                                   // no status at all
    });
    error e;
    owned<ald_value> v;
    EXPECT_EQ(ald_callable_call(c, nullptr, -1, nullptr, v.out(), e.out()), ALD_E_CALLBACK);
    EXPECT_EQ(v.get(), nullptr);
    EXPECT_NE(message(e), "");
}

TEST_F(callables, a_number_that_is_no_status_is_named) {
    for (const ald_status unknown : {17, ALD_E_FORKED - 1, INT32_MAX, INT32_MIN}) {
        auto returned = unknown;
        const auto c = new_callable(
            [](void *data, const ald_value *, const ald_cancel *, ald_value **,
               ald_error **err) -> ald_status {
                (void)ald_error_new(ALD_E_IO, nullptr, 0, "the cable is out", nullptr, nullptr,
                                    nullptr, err, nullptr);
                return *static_cast<ald_status *>(data);
            },
            &returned);
        error e;
        EXPECT_EQ(ald_callable_call(c, nullptr, -1, nullptr, nullptr, e.out()), ALD_E_CALLBACK);
        EXPECT_NE(message(e).find("returned " + std::to_string(unknown)), std::string::npos)
            << message(e);
        EXPECT_EQ(ald_error_native_code(e), unknown);
        const error why(ald_error_cause(e));
        EXPECT_EQ(message(why), "the cable is out") << "what the function said is kept";
    }
}

TEST_F(callables, a_result_of_a_wrong_kind_is_refused) {
    const auto c = new_callable(
        [](void *data, const ald_value *, const ald_cancel *, ald_value **result,
           ald_error **) -> ald_status {
            *result = static_cast<ald_value *>(data);
            return ALD_OK;
        },
        reinterpret_cast<void *>(std::uintptr_t{0xdeadbeef}));
    owned<ald_value> v;
    EXPECT_EQ(ald_callable_call(c, nullptr, -1, nullptr, v.out(), nullptr), ALD_E_CALLBACK);
}

TEST_F(callables, time_out_and_are_cancelled) {
    const auto c = new_callable(until_cancelled);
    EXPECT_EQ(ald_callable_call(c, nullptr, 5 * ms, nullptr, nullptr, nullptr), ALD_E_TIMEOUT);
    const auto cancel = new_cancel();
    std::thread caller([&] {
        EXPECT_EQ(ald_callable_call(c, nullptr, -1, cancel, nullptr, nullptr), ALD_E_CANCELLED);
    });
    ald_cancel_trigger(cancel);
    caller.join();
    owned<ald_op> o;
    ASSERT_EQ(ald_callable_start_call(c, nullptr, 5 * ms, o.out(), nullptr), ALD_OK);
    EXPECT_EQ(end_of(o), ALD_E_TIMEOUT);
    ASSERT_EQ(ald_callable_start_call(c, nullptr, -1, o.out(), nullptr), ALD_OK);
    EXPECT_EQ(ald_op_cancel(o, nullptr), ALD_OK);
    EXPECT_EQ(end_of(o), ALD_E_CANCELLED);
    EXPECT_EQ(ald_callable_call(c, nullptr, -2, nullptr, nullptr, nullptr), ALD_E_INVALID);
}

TEST_F(callables, data_is_destroyed_once_whatever_happens) {
    static std::atomic<int> destroyed{0};
    destroyed = 0;
    const auto destroy = [](void *) { ++destroyed; };
    auto c = new_callable(add_one, nullptr, destroy);
    ald_callable_close(c);
    c.reset();
    EXPECT_TRUE(eventually([] { return destroyed == 1; }));
    owned<ald_callable> none;
    EXPECT_EQ(ald_callable_new(nullptr, add_one, nullptr, destroy, none.out(), nullptr),
              ALD_E_INVALID);
    EXPECT_EQ(destroyed, 2) << "also when it could not be made";
    EXPECT_EQ(ald_callable_new("f", nullptr, nullptr, destroy, none.out(), nullptr), ALD_E_INVALID);
    EXPECT_EQ(destroyed, 3);
    EXPECT_EQ(ald_callable_new("\xff", add_one, nullptr, destroy, none.out(), nullptr),
              ALD_E_INVALID);
    EXPECT_EQ(destroyed, 4);
    EXPECT_EQ(ald_callable_new("f", add_one, nullptr, destroy, nullptr, nullptr), ALD_E_INVALID);
    EXPECT_EQ(destroyed, 5);
}

TEST_F(callables, several_threads_call_at_once) {
    const auto c = new_callable(add_one);
    std::vector<std::thread> threads;
    for (int n = 0; n < 4; ++n) {
        threads.emplace_back([&] {
            for (std::int64_t i = 0; i < 200; ++i) {
                owned<ald_value> v;
                EXPECT_EQ(ald_callable_call(c, new_int(i), -1, nullptr, v.out(), nullptr), ALD_OK);
                EXPECT_EQ(int_of(v), i + 1);
            }
        });
    }
    for (std::thread &t : threads) {
        t.join();
    }
}

TEST_F(callables, more_calls_than_workers_all_end) {
    const auto c = new_callable(until_cancelled);
    std::vector<owned<ald_op>> flying(150);
    for (auto &o : flying) {
        ASSERT_EQ(ald_callable_start_call(c, nullptr, -1, o.out(), nullptr), ALD_OK);
    }
    for (auto &o : flying) {
        EXPECT_EQ(ald_op_cancel(o, nullptr), ALD_OK);
    }
    for (auto &o : flying) {
        EXPECT_EQ(end_of(o), ALD_E_CANCELLED);
    }
}

} // namespace
} // namespace tests
