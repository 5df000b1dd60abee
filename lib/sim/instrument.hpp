// Simulated instruments: their interface, and the list of those that the process knows.
#pragma once

#include "base/value/schema.hpp"
#include "sim/bench/bench.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace alidade {

// The instrument's end of its line, as the instrument sees it.
class instrument_link {
public:
    instrument_link() = default;
    instrument_link(const instrument_link &) = delete;
    instrument_link &operator=(const instrument_link &) = delete;

    virtual void send(std::span<const std::uint8_t> data) = 0;
    // A later call takes the place of an earlier one.
    virtual void wake_at(std::int64_t t_mono_ns) = 0;

protected:
    ~instrument_link() = default;
};

// Simulated instrument that is switched on. Called by the simulator's thread alone.
class instrument {
public:
    instrument() = default;
    instrument(const instrument &) = delete;
    instrument &operator=(const instrument &) = delete;
    virtual ~instrument() = default;

    virtual void receive(std::span<const std::uint8_t> data) = 0;
    virtual void wake(std::int64_t t_mono_ns) = 0;
};

class instrument_kind {
public:
    instrument_kind() = default;
    instrument_kind(const instrument_kind &) = delete;
    instrument_kind &operator=(const instrument_kind &) = delete;
    virtual ~instrument_kind() = default;

    [[nodiscard]] virtual const std::string &name() const = 0;
    [[nodiscard]] virtual const std::string &doc() const = 0;
    [[nodiscard]] virtual const std::string &driver() const = 0;
    [[nodiscard]] virtual std::span<const schema> options() const = 0;
    // `options` is complete and checked. Link and bench outlive the instrument.
    [[nodiscard]] virtual result<std::unique_ptr<instrument>>
    create(instrument_link &line, const std::shared_ptr<optical_bench> &on,
           const value &options) const = 0;
};

namespace instruments {

// For the life of the process. Fails with EXISTS for a name that is taken.
[[nodiscard]] outcome add(std::unique_ptr<const instrument_kind> k);
[[nodiscard]] result<const instrument_kind *> find(std::string_view name);
[[nodiscard]] std::vector<const instrument_kind *> all();

} // namespace instruments

} // namespace alidade
