// What a handle costs: the check alone, and a whole call that checks it.
#include <alidade.h>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <vector>

namespace {

// Handles that lie in many slots of the table, in an order that no cache guesses.
std::vector<ald_value *> many_values(std::size_t count) {
    std::vector<ald_value *> values(count, nullptr);
    std::size_t place = 0;
    for (std::size_t i = 0; i < count; ++i) {
        place = (place + 7919) % count; // a prime: every place once
        if (ald_value_new_int(static_cast<std::int64_t>(i), &values[place], nullptr) != ALD_OK) {
            std::abort();
        }
    }
    return values;
}

void give_back(const std::vector<ald_value *> &values) {
    for (ald_value *value : values) {
        ald_value_unref(value);
    }
}

// ald_handle_kind is nothing but the check.
void check(benchmark::State &state) {
    const auto values = many_values(static_cast<std::size_t>(state.range(0)));
    std::size_t i = 0;
    for ([[maybe_unused]] auto step : state) {
        benchmark::DoNotOptimize(ald_handle_kind(values[i]));
        i = i + 1 == values.size() ? 0 : i + 1;
    }
    give_back(values);
}
BENCHMARK(check)->Arg(1)->Arg(1024)->ThreadRange(1, 2);

void check_of_garbage(benchmark::State &state) {
    auto garbage = static_cast<std::uintptr_t>(0x123456789abcdef1);
    for ([[maybe_unused]] auto step : state) {
        benchmark::DoNotOptimize(garbage);
        benchmark::DoNotOptimize(ald_handle_kind(reinterpret_cast<const void *>(garbage)));
    }
}
BENCHMARK(check_of_garbage);

// A getter: the check, the pin that keeps the object for the call, and its end.
void whole_call(benchmark::State &state) {
    const auto values = many_values(1);
    for ([[maybe_unused]] auto step : state) {
        benchmark::DoNotOptimize(ald_value_type(values[0]));
    }
    give_back(values);
}
BENCHMARK(whole_call)->ThreadRange(1, 2);

// The least that any call into a shared library costs.
void empty_call(benchmark::State &state) {
    for ([[maybe_unused]] auto step : state) {
        benchmark::DoNotOptimize(ald_abi_version());
    }
}
BENCHMARK(empty_call);

void reference(benchmark::State &state) {
    const auto values = many_values(1);
    for ([[maybe_unused]] auto step : state) {
        ald_value_ref(values[0]);
        ald_value_unref(values[0]);
    }
    give_back(values);
}
BENCHMARK(reference);

void make_and_give_back(benchmark::State &state) {
    for ([[maybe_unused]] auto step : state) {
        ald_value *value = nullptr;
        benchmark::DoNotOptimize(ald_value_new_int(1, &value, nullptr));
        ald_value_unref(value);
    }
}
BENCHMARK(make_and_give_back);

} // namespace

BENCHMARK_MAIN();
