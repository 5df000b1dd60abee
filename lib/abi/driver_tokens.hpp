// What drivers hold: nodes and requests as they are, for they get them only while they are valid.
#pragma once

#include "abi/driver_values.hpp"
#include "device/device.hpp"

namespace alidade {

[[nodiscard]] inline ald_node *node_of(device &d) noexcept {
    return reinterpret_cast<ald_node *>(&d);
}
[[nodiscard]] inline request &behind_request(ald_request *r) noexcept {
    return *reinterpret_cast<request *>(r);
}
[[nodiscard]] inline const request &behind_request(const ald_request *r) noexcept {
    return *reinterpret_cast<const request *>(r);
}
[[nodiscard]] inline ald_request *request_of(request &r) noexcept {
    return reinterpret_cast<ald_request *>(&r);
}
[[nodiscard]] inline const ald_request *request_of(const request &r) noexcept {
    return reinterpret_cast<const ald_request *>(&r);
}

} // namespace alidade
