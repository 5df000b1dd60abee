#include "device/transports/transport.hpp"

#include <cerrno>
#include <system_error>

namespace alidade {

failure transport::lost(int number) const {
    return fail(
        {.code = ALD_E_DISCONNECTED, .domain = "line", .where = name_, .native_code = number},
        "'{}' went away: {}", name_, std::generic_category().message(number));
}

failure transport::closed_by_peer() const {
    return fail({.code = ALD_E_DISCONNECTED, .domain = "line", .where = name_},
                "'{}' was closed at its other end", name_);
}

result<std::size_t> transport::count_of(ssize_t done) const {
    if (done >= 0) {
        return static_cast<std::size_t>(done);
    }
    const int number = errno;
    if (number == EAGAIN || number == EINTR) {
        return 0;
    }
    return lost(number);
}

} // namespace alidade
