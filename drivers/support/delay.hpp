// An answer that takes its time: a request that is kept until a timer carries it out. For drivers
// without ALD_DRIVER_BLOCKING, which have one request at a time to keep.
#pragma once

#include "support/host.hpp"

#include <functional>
#include <mutex>

namespace drivers {

class delay {
public:
    // `answer` completes the request, on the library's timer thread.
    delay(const ald_host &host, ald_node *node, std::function<void(ald_request *)> answer)
        : host_(host), node_(node), answer_(std::move(answer)) {}

    void keep(ald_request *request, double seconds);
    // Completes a request that is kept; does nothing for another one.
    void cancel(ald_request *request);

private:
    void answer_kept();
    [[nodiscard]] ald_status begin(ald_request *request, double seconds);

    const ald_host &host_;
    ald_node *node_;
    std::function<void(ald_request *)> answer_;
    std::mutex mutex_;
    ald_request *kept_ = nullptr;
    std::uint64_t timer_ = 0;
};

} // namespace drivers
