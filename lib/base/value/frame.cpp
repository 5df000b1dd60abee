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

frame::frame(const ald_view &view, const ald_frame_info &info, value metadata,
             ref<const object> keeps) noexcept
    : object(ALD_KIND_FRAME), view_(view), info_(info), metadata_(std::move(metadata)),
      keeps_(std::move(keeps)) {
    view_.flags |= ALD_VIEW_READONLY;
}

result<ref<const frame>> frame::of(array elements, const ald_frame_info &info, value metadata) {
    if (auto ok = check_info(info); !ok) {
        return failure(std::move(ok.error()));
    }
    if (metadata.type() != ALD_TYPE_NULL && metadata.type() != ALD_TYPE_MAP) {
        return fail(ALD_E_INVALID, "frame", "the metadata are a {}; expected a map",
                    type_name(metadata.type()));
    }
    return ref<const frame>(
        make<frame>(elements.view, info, std::move(metadata), std::move(elements.memory)));
}

ref<const frame> frame::numbered(const ref<const frame> &given, std::int64_t index) {
    if (given->info_.index == index) {
        return given;
    }
    ald_frame_info info = given->info_;
    info.index = index;
    return make<frame>(given->view_, info, given->metadata_,
                       given->keeps_ ? given->keeps_ : ref<const object>(given));
}

value frame::metadata() const {
    return metadata_.type() == ALD_TYPE_NULL ? value(map()) : metadata_;
}

ref<buffer> frame::memory() const {
    void *data = view_.data;
    std::size_t size = packed_size(view_); // what derived classes keep has no gaps
    if (keeps_ && keeps_->kind() == ALD_KIND_BUFFER) {
        const auto &whole = static_cast<const buffer &>(*keeps_);
        if (whole.readonly()) {
            return ref<buffer>::share(const_cast<buffer *>(&whole));
        }
        data = whole.data();
        size = whole.size();
    }
    return buffer::wrap(data, size, true, [kept = ref<const frame>::share(this)] {});
}

} // namespace alidade
