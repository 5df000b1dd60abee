// Subscriptions: the queues that get the events of a device or a lab.
#pragma once

#include "base/async/queue.hpp"

#include <functional>

namespace alidade {

class subscriptions {
public:
    [[nodiscard]] outcome add(ref<queue> to, std::int32_t kind, std::uint64_t tag);
    [[nodiscard]] outcome remove(const queue &from);
    // Drops all subscriptions and refuses new ones.
    void close();

    // Puts copies of `e` into the queues of those who want its kind.
    void tell(const event &e);
    [[nodiscard]] bool wanted(std::int32_t kind) const;

private:
    struct subscriber {
        ref<queue> to;
        std::int32_t kind;
        std::uint64_t tag;
        [[nodiscard]] bool wants(std::int32_t k) const noexcept { return kind == 0 || kind == k; }
    };

    mutable std::mutex mutex_;
    bool closed_ = false;
    std::vector<subscriber> subscribers_;
};

} // namespace alidade
