// Properties of the camera.
#pragma once

#include "mock_camera/camera.hpp"
#include "support/properties.hpp"

namespace mock_camera {

[[nodiscard]] std::vector<drivers::property> properties_of(const ald_host &host, camera &c);

} // namespace mock_camera
