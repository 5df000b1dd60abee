// Picture that the camera takes: of the bench, or a pattern.
#pragma once

#include "mock_camera/settings.hpp"

#include <vector>

namespace mock_camera {

// Exposure of a frame.
struct exposure {
    settings set;
    std::int64_t begin_ns = 0;
    std::int64_t number = 0; // since the camera was opened
    double temperature = 0;
};

class picture {
public:
    picture(const ald_host &host, const hardware &made) : host_(host), hardware_(made) {}

    // Finds the bench.
    [[nodiscard]] ald_status open(ald_node *node, ald_error **err);
    // Writes every pixel.
    [[nodiscard]] ald_status take(const exposure &e, std::uint16_t *pixels, ald_error **err);

private:
    [[nodiscard]] ald_status expose(const exposure &e, std::uint16_t *pixels, ald_error **err);
    void gradient(const exposure &e, std::uint16_t *pixels);

    const ald_host &host_;
    const hardware &hardware_;
    ald_bench *bench_ = nullptr;
    std::uint64_t seed_ = 0;
    std::vector<std::uint16_t> ramp_;
};

} // namespace mock_camera
