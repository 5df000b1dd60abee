// Simulated instrument with its link, faults included. Used by the simulator's thread alone.
#pragma once

#include "base/async/reactor.hpp"
#include "sim/endpoint.hpp"
#include "sim/faults.hpp"
#include "sim/instrument.hpp"
#include "sim/outbox.hpp"

namespace alidade {

class simulated_link final : public reactor::handler, public instrument_link {
public:
    simulated_link(reactor &on, std::shared_ptr<optical_bench> shared, std::string_view listen)
        : on_(on), bench_(std::move(shared)), end_(make_endpoint(listen, on)) {}
    ~simulated_link() override;

    [[nodiscard]] outcome switch_on(const instrument_kind &kind, const value &options);
    [[nodiscard]] std::string uri() const { return end_->uri(); }
    [[nodiscard]] outcome set_faults(const value &given);
    [[nodiscard]] outcome say(std::span<const std::uint8_t> data);
    [[nodiscard]] outcome plug();
    void unplug();

    // reactor::handler
    void ready(int fd, std::uint32_t events) noexcept override;
    void due(std::int64_t now) noexcept override;
    // instrument_link
    void send(std::span<const std::uint8_t> data) override;
    void wake_at(std::int64_t t_mono_ns) override;

private:
    template <class Body> void guarded(Body &&body) noexcept;
    void flush();
    void arm();
    [[nodiscard]] std::size_t allowed(std::size_t wanted) const noexcept;

    reactor &on_;
    std::shared_ptr<optical_bench> bench_;
    std::unique_ptr<endpoint> end_;
    std::unique_ptr<instrument> instrument_;
    faults faults_;
    fault_dice dice_;
    outbox outbox_;
    bool blocked_ = false;       // the line is full
    std::int64_t said_ = 0;      // bytes since "unplug_after" was set
    std::int64_t wakes_ = never; // when the instrument wants to be woken
};

} // namespace alidade
