// The simulated optical bench: one physics for mocks and simulated instruments.
#pragma once

#include "base/value/value.hpp"
#include "sim/bench/axis.hpp"
#include "sim/bench/camera.hpp"
#include "sim/bench/quantities.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace alidade {

// Any thread. Times are monotonic; those in the past are known for a minute.
class optical_bench {
public:
    // With a name it is known to `named` as long as it lives. `options` are a map of `seed` and
    // quantities, or null.
    [[nodiscard]] static result<std::shared_ptr<optical_bench>>
    make(const std::string &name, const value &options, std::int64_t now);
    [[nodiscard]] static result<std::shared_ptr<optical_bench>> named(std::string_view name);
    // Options that `options` may hold.
    [[nodiscard]] static std::vector<schema> option_records();

    [[nodiscard]] const std::string &name() const noexcept { return name_; }
    [[nodiscard]] value describe() const;

    // NaN for an unknown quantity.
    [[nodiscard]] double at(std::string_view quantity, std::int64_t t) const noexcept;
    [[nodiscard]] result<double> get(std::string_view quantity, std::int64_t t) const;
    [[nodiscard]] outcome set(std::string_view quantity, double number, std::int64_t now);

    // Give the time at which the axis stands.
    [[nodiscard]] result<std::int64_t> move(std::string_view axis, double position, double velocity,
                                            double acceleration, std::int64_t now);
    [[nodiscard]] result<std::int64_t> halt(std::string_view axis, double deceleration,
                                            std::int64_t now);

    [[nodiscard]] std::uint64_t seed_of(std::string_view who) const noexcept;
    [[nodiscard]] outcome expose(const ald_exposure &how, std::uint16_t *pixels,
                                 std::size_t stride) const;

private:
    optical_bench(std::string name, std::int64_t seed, std::int64_t now);

    [[nodiscard]] double setting(bench_table::setting which, std::int64_t t) const noexcept;
    [[nodiscard]] double reading(bench_table::reading which, std::int64_t t) const noexcept;
    [[nodiscard]] double of_axis(const bench_table::target &what, std::int64_t t) const noexcept;
    [[nodiscard]] double fluctuation(std::int64_t t) const noexcept;
    [[nodiscard]] double illumination(std::int64_t t) const noexcept;
    [[nodiscard]] camera::view seen_at(const ald_exposure &how) const;
    outcome change_axis(const bench_table::target &what, double number, std::int64_t now);

    std::string name_;
    std::int64_t seed_;
    std::int64_t born_;
    mutable std::mutex mutex_;
    std::vector<history<double>> settings_;
    std::vector<bench_axis> axes_;
};

// Object behind a handle to a bench.
class bench_object final : public object {
public:
    explicit bench_object(std::shared_ptr<optical_bench> b)
        : object(ALD_KIND_BENCH), content(std::move(b)) {}
    const std::shared_ptr<optical_bench> content;
};

} // namespace alidade
