// The frame: an array with what is known of it. It never changes, so all who have it share it.
#pragma once

#include "base/value/value.hpp"

#include <alidade/frame.h>

namespace alidade {

// A record of which nothing is known.
[[nodiscard]] ald_frame_info unknown_frame() noexcept;

class frame : public object {
public:
    // Fails unless the record can be one and the metadata are a map or null.
    [[nodiscard]] static result<ref<const frame>> of(array elements, const ald_frame_info &info,
                                                     value metadata);
    // The same frame under another number of its source.
    [[nodiscard]] static ref<const frame> numbered(const ref<const frame> &given,
                                                   std::int64_t index);

    [[nodiscard]] const ald_view &view() const noexcept { return view_; }
    [[nodiscard]] const ald_frame_info &info() const noexcept { return info_; }
    [[nodiscard]] value metadata() const; // a map
    // The memory, read-only, which keeps what the frame keeps.
    [[nodiscard]] ref<buffer> memory() const;

protected:
    // Precondition: `metadata` is a map or null. The memory is kept by `keeps`, or by a derived
    // class.
    frame(const ald_view &view, const ald_frame_info &info, value metadata,
          ref<const object> keeps = nullptr) noexcept;

private:
    template <class T, class... Args> friend ref<T> make(Args &&...args);

    ald_view view_;
    ald_frame_info info_;
    value metadata_;          // null is an empty map, which needs memory
    ref<const object> keeps_; // a buffer, or the frame that this one is made of
};

} // namespace alidade
