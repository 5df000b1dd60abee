// A simulated instrument that is switched on: the instrument, the faults of its line, its place.
#pragma once

#include "base/object.hpp"
#include "sim/instrument.hpp"

#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <utility>

namespace alidade {

// Any thread. The work is done by one thread for all simulated instruments.
class simulated_link;

class simulation final : public object {
public:
    // Without a bench it gets one of its own. `options` are those of the instrument, and "listen".
    [[nodiscard]] static result<ref<simulation>>
    start(std::string_view instrument, std::shared_ptr<optical_bench> on, const value &options);
    // The same with options as text, as in a URI.
    [[nodiscard]] static result<ref<simulation>>
    start(std::string_view instrument, std::shared_ptr<optical_bench> on,
          std::span<const std::pair<std::string, std::string>> options);
    ~simulation() override;

    // URI of the line that leads to it. The string stays as long as the simulation.
    [[nodiscard]] const std::string &uri() const;
    [[nodiscard]] outcome set_faults(const value &given);
    [[nodiscard]] outcome say(std::span<const std::uint8_t> data);
    [[nodiscard]] outcome unplug();
    [[nodiscard]] outcome plug();

    void close() noexcept override;
    [[nodiscard]] bool closable() const noexcept override { return true; }

private:
    template <class T, class... Args> friend ref<T> make(Args &&...args);
    simulation();

    void remember_uri();
    // Runs a function with the link on its thread; CLOSED if it is switched off.
    [[nodiscard]] outcome with_link(const std::function<outcome(simulated_link &)> &what);

    std::unique_ptr<simulated_link> link_; // of the simulator's thread
    mutable std::mutex mutex_;
    std::deque<std::string> uris_; // callers may hold earlier ones
};

} // namespace alidade
