// The open objects of the process.
#pragma once

#include "base/object.hpp"

#include <mutex>
#include <vector>

namespace alidade {

// Lists what is held and can be closed, whether callers have a token for it or not, so that a
// shutdown finds it. Adding needs no memory.
class held_objects {
public:
    // At the first hold and at the end of the last one. Either may come late: what is held at that
    // moment decides.
    void add(const object &o) noexcept;
    void remove(const object &o) noexcept;

    [[nodiscard]] std::vector<ref<const object>> all() const;

private:
    mutable std::mutex mutex_;
    const object *first_ = nullptr;
    std::size_t count_ = 0;
};

} // namespace alidade
