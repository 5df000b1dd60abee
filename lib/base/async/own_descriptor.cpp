#include "base/async/own_descriptor.hpp"

#include <array>
#include <atomic>

namespace alidade {

namespace {

// More lines than a process has. Where there are more still, a child keeps the rest open.
constexpr std::size_t most = 1024;

// Each with 1 added; 0 is a free place. There before anything else, as a child must not wait.
constinit std::array<std::atomic<int>, most> known{};

} // namespace

void own_descriptor::note() noexcept {
    for (std::size_t i = 0; fd_.open() && i < most; ++i) {
        int expected = 0;
        if (known[i].compare_exchange_strong(expected, fd_.get() + 1)) {
            place_ = &known[i];
            return;
        }
    }
}

void own_descriptor::forget() noexcept {
    if (place_ != nullptr) {
        place_->store(0);
        place_ = nullptr;
    }
}

void own_descriptor::close_all_in_child() noexcept {
    for (std::atomic<int> &place : known) {
        if (const int fd = place.exchange(0) - 1; fd >= 0) {
            ::close(fd);
        }
    }
}

} // namespace alidade
