#include "base/source.hpp"

#include "base/async/work.hpp"
#include "base/text/unit_parser.hpp"
#include "base/text/utf8.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace alidade {

namespace {

constexpr std::string_view the_source = "the source";

bool has_rate(const ald_source_info &info) noexcept { return !std::isnan(info.rate); }
bool is_seekable(const ald_source_info &info) noexcept {
    return (info.flags & ALD_SOURCE_SEEKABLE) != 0;
}

outcome check_rate(double rate) {
    if (std::isnan(rate) || (rate > 0 && std::isfinite(rate))) {
        return {};
    }
    return fail(ALD_E_INVALID, "source",
                "the rate is {} frames per second; expected more than 0, or NaN for none", rate);
}

// A call that gave up because it was told to says why it was told.
failure why(const gate::visit &inside, ref<const error> e) {
    if (e->code() == ALD_E_CANCELLED) {
        return inside.ended_early(the_source, std::move(e));
    }
    return failure(std::move(e));
}

// Fails where a frame is not as its source declares.
outcome check_frame(const ald_source_info &info, std::int64_t index, const ald_view &view) {
    const auto shape = shape_of(view);
    const auto fits = [](std::int64_t length, std::int64_t declared) {
        return declared < 0 || length == declared;
    };
    if (info.dtype != 0 && view.dtype != info.dtype) {
        return fail(ALD_E_CALLBACK, "source", "frame {} is {}, but the source declares {}", index,
                    dtype_name(view.dtype), dtype_name(info.dtype));
    }
    if (info.ndim >= 0 && (view.ndim != info.ndim ||
                           !std::equal(shape.begin(), shape.end(), std::begin(info.shape), fits))) {
        return fail(ALD_E_CALLBACK, "source",
                    "frame {} is not of the shape that the source declares", index);
    }
    return {};
}

class array_source final : public source {
public:
    array_source(array items, double rate) : items_(std::move(items)), rate_(rate) {}

    [[nodiscard]] ald_source_info describe() const override {
        const ald_view one = part(0);
        ald_source_info info = unknown_source();
        info.dtype = one.dtype;
        info.flags = ALD_SOURCE_SEEKABLE;
        info.count = items_.view.shape[0];
        info.rate = rate_;
        info.ndim = one.ndim;
        std::copy_n(one.shape, one.ndim, info.shape);
        return info;
    }

private:
    [[nodiscard]] ald_view part(std::int64_t index) const noexcept {
        ald_view v = items_.view;
        const auto rest = static_cast<std::size_t>(v.ndim) - 1;
        if (v.data != nullptr) {
            v.data = static_cast<char *>(v.data) + index * v.strides[0];
        }
        v.ndim -= 1;
        std::memmove(v.shape, v.shape + 1, rest * sizeof(v.shape[0]));
        std::memmove(v.strides, v.strides + 1, rest * sizeof(v.strides[0]));
        v.shape[rest] = 0;
        v.strides[rest] = 0;
        return v;
    }

    [[nodiscard]] result<ref<const frame>> read_next(const cancel_source &cancel) override {
        if (next_ >= items_.view.shape[0]) {
            return fail(ALD_E_END, "source", "the source has no more than {} frames", next_);
        }
        return read_at(next_++, cancel);
    }

    [[nodiscard]] result<ref<const frame>> read_at(std::int64_t index,
                                                   const cancel_source &) override {
        ald_frame_info info = unknown_frame();
        info.index = index;
        return frame::of({items_.memory, part(index)}, info, value());
    }

    array items_;
    double rate_;
    std::int64_t next_ = 0;
};

class function_source final : public source {
public:
    using function = std::function<result<ref<const frame>>(std::int64_t, const cancel_source &)>;

    function_source(const ald_source_info &info, function read)
        : info_(info), read_(std::move(read)) {}

    [[nodiscard]] ald_source_info describe() const override { return info_; }

private:
    [[nodiscard]] result<ref<const frame>> read_next(const cancel_source &cancel) override {
        if (info_.count >= 0 && next_ >= info_.count) {
            return fail(ALD_E_END, "source", "the source has no more than {} frames", next_);
        }
        auto given = read_at(next_, cancel);
        if (given) {
            ++next_;
        }
        return given;
    }

    [[nodiscard]] result<ref<const frame>> read_at(std::int64_t index,
                                                   const cancel_source &cancel) override {
        const turnstile::turn ours(one_call_, cancel);
        if (!ours.had()) {
            return fail(ALD_E_CANCELLED, "source", "waiting for another reader was cancelled");
        }
        auto given = read_(index, cancel);
        if (!given) {
            return given;
        }
        if (auto ok = check_frame(info_, index, (*given)->view()); !ok) {
            return failure(std::move(ok.error()));
        }
        return frame::numbered(*given, index);
    }

    ald_source_info info_;
    function read_;
    turnstile one_call_;
    std::int64_t next_ = 0;
};

} // namespace

ald_source_info unknown_source() noexcept {
    ald_source_info info{};
    info.struct_size = sizeof(info);
    info.count = -1;
    info.rate = std::numeric_limits<double>::quiet_NaN();
    info.ndim = -1;
    std::fill(std::begin(info.shape), std::end(info.shape), -1);
    return info;
}

outcome check_source(const ald_source_info &info) {
    constexpr std::uint64_t known = ALD_SOURCE_SEEKABLE | ALD_SOURCE_LIVE;
    const auto invalid = [](std::string_view what) {
        return fail(ALD_E_INVALID, "source", "the description's {}", what);
    };
    if (info.dtype != 0 && dtype_size(info.dtype) == 0) {
        return invalid("dtype is no element type; expected ALD_DTYPE_<X> or 0");
    }
    if ((info.flags & ~known) != 0) {
        return invalid("flags are unknown; expected ALD_SOURCE_<X>");
    }
    if (info.count < -1) {
        return invalid("count is negative; expected a number of frames, or -1 if it is unknown");
    }
    if (info.ndim < -1 || info.ndim > ALD_NDIM_MAX) {
        return invalid("ndim is out of range; expected 0 to ALD_NDIM_MAX, or -1 if they differ");
    }
    if (std::any_of(info.shape, info.shape + std::max(info.ndim, 0),
                    [](std::int64_t length) { return length < -1; })) {
        return invalid("shape is negative; expected numbers of elements, or -1 where they differ");
    }
    const std::size_t size = strnlen(info.unit, sizeof(info.unit));
    if (size == sizeof(info.unit) || invalid_utf8({info.unit, size}) != std::string::npos) {
        return invalid("unit is no NUL-terminated UTF-8 text");
    }
    if (const auto unit = parse_unit({info.unit, size}); !unit) {
        return failure(unit.error());
    }
    return check_rate(info.rate);
}

outcome source::next(std::int64_t deadline, const cancel_source *cancel, const taker &take) {
    const gate::visit inside(gate_, deadline, cancel);
    if (auto may = inside.may_begin(the_source); !may) {
        return may;
    }
    const turnstile::turn ours(readers_, inside.cancel());
    if (!ours.had()) {
        return inside.ended_early(the_source);
    }
    if (!untaken_) {
        auto given = read_next(inside.cancel());
        if (!given) {
            return why(inside, std::move(given.error()));
        }
        untaken_ = std::move(*given);
    }
    auto taken = take(untaken_);
    if (taken) {
        untaken_ = nullptr;
    }
    return taken;
}

result<ref<const frame>> source::next(std::int64_t deadline, const cancel_source *cancel) {
    ref<const frame> given;
    return next(deadline, cancel,
                [&given](const ref<const frame> &next) {
                    given = next;
                    return outcome();
                })
        .map([&given] { return std::move(given); });
}

outcome source::start_next(const ref<op> &o, std::int64_t deadline) {
    if (gate_.closed()) {
        return fail(ALD_E_CLOSED, "source", "the source is closed");
    }
    return start_work(o, [self = ref<source>::share(this), open = held::beside_others(*this),
                          deadline](op &ours, const cancel_source &cancel) mutable {
        const auto take = [&](const ref<const frame> &given) -> outcome {
            open = held(); // whoever sees the end finds nothing held
            if (ours.finish(value(given), op::only::not_asked_to_cancel)) {
                return {};
            }
            return fail(ALD_E_CANCELLED, "source",
                        "the operation was cancelled; the frame comes again next");
        };
        if (auto taken = self->next(deadline, &cancel, take); !taken) {
            open = held();
            ours.finish(failure(std::move(taken.error())));
        }
    });
}

result<ref<const frame>> source::at(std::int64_t index, std::int64_t deadline,
                                    const cancel_source *cancel) {
    const gate::visit inside(gate_, deadline, cancel);
    if (auto may = inside.may_begin(the_source); !may) {
        return failure(std::move(may.error()));
    }
    const ald_source_info info = describe();
    if (!is_seekable(info)) {
        return fail(ALD_E_UNSUPPORTED, "source",
                    "the source is not seekable; read it with ald_source_next");
    }
    if (index < 0 || (info.count >= 0 && index >= info.count)) {
        return fail(ALD_E_RANGE, "source", "frame {} was asked for; the source has {}", index,
                    info.count);
    }
    auto given = read_at(index, inside.cancel());
    if (given) {
        return given;
    }
    if (given.error()->code() == ALD_E_END) {
        return fail(ALD_E_RANGE, "source", "frame {} was asked for; the source ends before it",
                    index);
    }
    return why(inside, std::move(given.error()));
}

result<std::int64_t> source::find(double seconds) const {
    const ald_source_info info = describe();
    if (!is_seekable(info) || !has_rate(info)) {
        return fail(ALD_E_UNSUPPORTED, "source",
                    "only a seekable source with a rate can find a frame by time");
    }
    if (std::isnan(seconds)) {
        return fail(ALD_E_INVALID, "source", "the time is NaN; expected seconds");
    }
    if (info.count == 0) {
        return fail(ALD_E_END, "source", "the source is empty");
    }
    const std::int64_t last = info.count < 0 ? never : info.count - 1;
    double place = std::floor(seconds * info.rate);
    if ((place + 1) / info.rate <= seconds) {
        ++place; // rounding must not miss the very moment at which a frame begins
    }
    if (place <= 0) {
        return 0;
    }
    return place < static_cast<double>(last) ? static_cast<std::int64_t>(place) : last;
}

result<ref<source>> make_source(array items, double rate) {
    if (items.view.ndim < 1) {
        return fail(ALD_E_INVALID, "source",
                    "a scalar has no parts; give an array of at least one dimension");
    }
    if (auto ok = check_rate(rate); !ok) {
        return failure(std::move(ok.error()));
    }
    return ref<source>(make<array_source>(std::move(items), rate));
}

result<ref<source>> make_source(
    const ald_source_info &info,
    std::function<result<ref<const frame>>(std::int64_t index, const cancel_source &cancel)> read) {
    if (auto ok = check_source(info); !ok) {
        return failure(std::move(ok.error()));
    }
    return ref<source>(make<function_source>(info, std::move(read)));
}

} // namespace alidade
