#include "base/value/frame.hpp"

#include <limits>

namespace alidade {

namespace {

outcome check_info(const ald_frame_info &info) {
    constexpr std::uint64_t known = ALD_FRAME_SATURATED | ALD_FRAME_INCOMPLETE;
    const auto invalid = [](std::string_view member, auto is, std::string_view expected) {
        return fail(ALD_E_INVALID, "frame", "{} of the frame's record is {}; expected {}", member,
                    is, expected);
    };
    if ((info.flags & ~known) != 0) {
        return invalid("flags", info.flags, "ALD_FRAME_<X>");
    }
    if (info.bit_depth < 0) {
        return invalid("bit_depth", info.bit_depth, "bits, or 0 if they are unknown");
    }
    if (info.binning_x < 1 || info.binning_y < 1) {
        return invalid("binning", std::min(info.binning_x, info.binning_y), "1 or more");
    }
    if (info.roi_width < 0 || info.roi_height < 0) {
        return invalid("roi", std::min(info.roi_width, info.roi_height),
                       "a width and a height of 0 or more");
    }
    if (info.uncertainty_ns < 0) {
        return invalid("uncertainty_ns", info.uncertainty_ns, "0 or more");
    }
    return {};
}

class array_frame final : public frame {
public:
    array_frame(array elements, const ald_frame_info &info, value metadata) noexcept
        : elements_(std::move(elements)), info_(info), metadata_(std::move(metadata)) {
        elements_.view.flags |= ALD_VIEW_READONLY;
    }

    [[nodiscard]] const ald_view &view() const noexcept override { return elements_.view; }
    [[nodiscard]] ald_frame_info info() const noexcept override { return info_; }
    [[nodiscard]] value metadata() const override { return metadata_; }
    [[nodiscard]] ref<buffer> memory() const override {
        const ref<buffer> &whole = elements_.memory;
        return whole->readonly() ? whole
                                 : buffer::wrap(whole->data(), whole->size(), true, [whole] {});
    }

private:
    array elements_;
    ald_frame_info info_;
    value metadata_;
};

class numbered_frame final : public frame {
public:
    numbered_frame(ref<const frame> given, std::int64_t index) noexcept
        : given_(std::move(given)), index_(index) {}

    [[nodiscard]] const ald_view &view() const noexcept override { return given_->view(); }
    [[nodiscard]] ald_frame_info info() const noexcept override {
        ald_frame_info info = given_->info();
        info.index = index_;
        return info;
    }
    [[nodiscard]] value metadata() const override { return given_->metadata(); }
    [[nodiscard]] ref<buffer> memory() const override { return given_->memory(); }

private:
    const ref<const frame> given_;
    const std::int64_t index_;
};

} // namespace

ald_frame_info unknown_frame() noexcept {
    constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    ald_frame_info info{};
    info.struct_size = sizeof(info);
    info.hw_seq = -1;
    info.exposure = unknown;
    info.gain = unknown;
    info.offset = unknown;
    info.temperature = unknown;
    info.binning_x = 1;
    info.binning_y = 1;
    return info;
}

result<ref<const frame>> frame::of(array elements, const ald_frame_info &info, value metadata) {
    if (auto ok = check_info(info); !ok) {
        return failure(std::move(ok.error()));
    }
    if (metadata.type() != ALD_TYPE_NULL && metadata.type() != ALD_TYPE_MAP) {
        return fail(ALD_E_INVALID, "frame", "the metadata are a {}; expected a map",
                    type_name(metadata.type()));
    }
    return ref<const frame>(make<array_frame>(std::move(elements), info, std::move(metadata)));
}

ref<const frame> frame::numbered(const ref<const frame> &given, std::int64_t index) {
    if (given->info().index == index) {
        return given;
    }
    return make<numbered_frame>(given, index);
}

ref<buffer> frame::memory() const {
    return buffer::wrap(view().data, packed_size(view()), true,
                        [kept = ref<const frame>::share(this)] {});
}

} // namespace alidade
