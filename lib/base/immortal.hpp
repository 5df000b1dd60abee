// The few objects that the whole process shares.
#pragma once

#include <cstddef>
#include <new>

namespace alidade {

// The one T: made at first use, in memory that is always there, so that neither lack of memory nor
// the order of exits matters; never destroyed, because threads of the application may use it until
// the very end.
template <class T> [[nodiscard]] T &immortal() noexcept {
    alignas(T) static std::byte place[sizeof(T)];
    static T *const instance = new (place) T;
    return *instance;
}

} // namespace alidade
