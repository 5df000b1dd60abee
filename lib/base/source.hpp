// The source: gives frames, one after the other or by their number. Sequences, recordings, cameras
// and streams are sources. Lower rooms take it, upper rooms derive from it.
#pragma once

#include "base/async/gate.hpp"
#include "base/async/op.hpp"
#include "base/value/frame.hpp"

#include <alidade/source.h>

#include <functional>

namespace alidade {

// A description of which nothing is known.
[[nodiscard]] ald_source_info unknown_source() noexcept;
// Fails unless the description can be one.
[[nodiscard]] outcome check_source(const ald_source_info &info);

class source : public object {
public:
    using taker = std::function<outcome(const ref<const frame> &)>;

    [[nodiscard]] virtual ald_source_info describe() const = 0;

    // Shows the next frame to `take`. If that fails or throws, the same frame comes again next.
    [[nodiscard]] outcome next(std::int64_t deadline, const cancel_source *cancel,
                               const taker &take);
    [[nodiscard]] result<ref<const frame>> next(std::int64_t deadline, const cancel_source *cancel);
    // On a worker; the new operation `o` tracks it and gives the frame. An operation that is
    // cancelled takes nothing.
    [[nodiscard]] outcome start_next(const ref<op> &o, std::int64_t deadline);
    // The place of `next` stays.
    [[nodiscard]] result<ref<const frame>> at(std::int64_t index, std::int64_t deadline,
                                              const cancel_source *cancel);
    // The number of the frame in force at a time since the first.
    [[nodiscard]] virtual result<std::int64_t> find(double seconds) const;

    // Ends waiting calls with CLOSED and waits for them; from inside a call it returns at once.
    void close() noexcept override { gate_.close(); }
    [[nodiscard]] bool closable() const noexcept override { return !gate_.closed(); }

protected:
    source() noexcept : object(ALD_KIND_SOURCE) {}

    // `cancel` is triggered at the caller's cancel, at the deadline, and at the close. `read_next`
    // is called once at a time, `read_at` by several threads at once and only if it is seekable,
    // with a number from 0 and less than the count where that is known. Their frames have the
    // `index` by which the source counts them.
    [[nodiscard]] virtual result<ref<const frame>> read_next(const cancel_source &cancel) = 0;
    [[nodiscard]] virtual result<ref<const frame>> read_at(std::int64_t index,
                                                           const cancel_source &cancel) = 0;

private:
    gate gate_;
    turnstile readers_;
    ref<const frame> untaken_;
};

// A source of the array's parts along its first dimension. `rate` is NaN for none.
[[nodiscard]] result<ref<source>> make_source(array items, double rate);

// A source of a function, which is called once at a time and with growing numbers by `next`.
[[nodiscard]] result<ref<source>> make_source(
    const ald_source_info &info,
    std::function<result<ref<const frame>>(std::int64_t index, const cancel_source &cancel)> read);

} // namespace alidade
