// Source: gives arrays, one after the other or by their number; a sequence, a recording, a camera,
// a stream. Lower rooms take it, upper rooms derive from it.
#pragma once

#include "base/async/gate.hpp"
#include "base/async/op.hpp"
#include "base/value/buffer.hpp"

#include <alidade/source.h>

#include <functional>
#include <optional>

namespace alidade {

struct source_item {
    array data;
    std::int64_t index = 0;
    std::int64_t t_mono_ns = 0;
    std::int64_t t_wall_ns = 0;
};

// A description of which nothing is known.
[[nodiscard]] ald_source_info unknown_source() noexcept;
// Fails unless the description can be one.
[[nodiscard]] outcome check_source(const ald_source_info &info);

class source : public object {
public:
    using taker = std::function<outcome(const source_item &)>;

    [[nodiscard]] virtual ald_source_info describe() const = 0;

    // Shows the next item to `take`, which must keep what it wants of it. If it fails or throws,
    // the same item comes again next.
    [[nodiscard]] outcome next(std::int64_t deadline, const cancel_source *cancel,
                               const taker &take);
    [[nodiscard]] result<source_item> next(std::int64_t deadline, const cancel_source *cancel);
    // On a worker, as what `o`, which is new, stands for; it gives a map. An operation that is
    // cancelled takes nothing.
    [[nodiscard]] outcome start_next(const ref<op> &o, std::int64_t deadline);
    // The place of `next` stays.
    [[nodiscard]] result<source_item> at(std::int64_t index, std::int64_t deadline,
                                         const cancel_source *cancel);
    // The number of the item in force at a time since the first.
    [[nodiscard]] virtual result<std::int64_t> find(double seconds) const;

    // Ends waiting calls with CLOSED and waits for them; from inside a call it returns at once.
    void close() noexcept override { gate_.close(); }
    [[nodiscard]] bool closable() const noexcept override { return !gate_.closed(); }

protected:
    source() noexcept : object(ALD_KIND_SOURCE) {}

    // `cancel` is triggered at the caller's cancel, at the deadline, and at the close. `read_next`
    // is called once at a time, `read_at` by several threads at once and only if it is seekable,
    // with a number from 0 and less than the count where that is known.
    [[nodiscard]] virtual result<source_item> read_next(const cancel_source &cancel) = 0;
    [[nodiscard]] virtual result<source_item> read_at(std::int64_t index,
                                                      const cancel_source &cancel) = 0;

private:
    gate gate_;
    turnstile readers_;
    std::optional<source_item> untaken_;
};

// A source of the array's parts along its first dimension. `rate` is NaN for none.
[[nodiscard]] result<ref<source>> make_source(array items, double rate);

// A source of a function, which is called once at a time and with growing numbers by `next`.
[[nodiscard]] result<ref<source>> make_source(
    const ald_source_info &info,
    std::function<result<source_item>(std::int64_t index, const cancel_source &cancel)> read);

} // namespace alidade
