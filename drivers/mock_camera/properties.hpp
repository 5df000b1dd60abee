// What can be read and set on the camera.
#pragma once

#include "mock_camera/camera.hpp"

namespace mock_camera {

[[nodiscard]] ald_status add_properties(const ald_host &host, ald_node *node, const camera &c,
                                        ald_error **err);
// Both complete the request.
void get_property(const ald_host &host, const camera &c, ald_request *request,
                  const ald_request_info &info);
void set_property(const ald_host &host, camera &c, ald_request *request,
                  const ald_request_info &info);

} // namespace mock_camera
