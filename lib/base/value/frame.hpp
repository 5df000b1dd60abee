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

    [[nodiscard]] virtual const ald_view &view() const noexcept = 0; // read-only
    [[nodiscard]] virtual ald_frame_info info() const noexcept = 0;
    [[nodiscard]] virtual value metadata() const = 0; // a map, or null for an empty one
    // The memory, read-only, which keeps what the frame keeps. That of derived classes has no gaps,
    // unless they say otherwise.
    [[nodiscard]] virtual ref<buffer> memory() const;

protected:
    frame() noexcept : object(ALD_KIND_FRAME) {}
};

} // namespace alidade
