// Tokens of drivers: nodes and requests themselves, since drivers have them only while valid.
#pragma once

#include "base/boundary/guard.hpp"
#include "device/device.hpp"
#include "device/driver_fault.hpp"

namespace alidade {

[[nodiscard]] inline device &behind_node(ald_node *node) noexcept {
    return *reinterpret_cast<device *>(node);
}
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

// A handle that a driver gives away; it goes back at the end of the scope.
template <class Handle> struct handed_over {
    handed_over() = default;
    handed_over(const handed_over &) = delete;
    handed_over &operator=(const handed_over &) = delete;
    ~handed_over() { drop_reference(handle); }
    Handle *handle = nullptr;
};

// A failure that a driver reports, with the place filled in; `token` may be NULL.
[[nodiscard]] failure driver_failure(ald_status status, const ald_error *token,
                                     const std::string &where);

// Runs a function of the host table: nothing is thrown into a driver.
template <class Body> ald_status for_driver(ald_error **err, Body &&body) noexcept {
    return call(err, in(), out(), std::forward<Body>(body));
}

// The same for one that tells what a node is made of. What is refused goes to the log too, with the
// driver's name: it may keep the refusal to itself.
template <class Body>
ald_status for_node(ald_node *node, const char *function, ald_error **err, Body &&body) noexcept {
    return for_driver(err, [&]() -> outcome {
        if (node == nullptr) {
            return fail(ALD_E_INVALID, "driver", "the node that {} was given is NULL", function);
        }
        device &of = behind_node(node);
        const outcome done = body(of);
        return done ? done : outcome(refused_call(of, function, *done.error()));
    });
}

} // namespace alidade
