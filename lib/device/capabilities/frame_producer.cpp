#include "device/capabilities/frame_producer.hpp"

#include "device/capabilities/triggerable.hpp"

namespace alidade::capabilities::frame_producer {

namespace {

class sink_of_node final : public facet {
public:
    explicit sink_of_node(const device &of)
        : frames(std::make_shared<frame_sink>(of.path())), device_(of) {}

    void ended(ald_status why) noexcept override { frames->end(why); }
    // Wakes waits for frames of triggers. A camera that runs freely goes on, and its readers wait.
    void held_down() noexcept override {
        if (device_.can(triggerable::record.name, 1)) {
            frames->wake_held_down();
        }
    }

    const std::shared_ptr<frame_sink> frames;

private:
    const device &device_;
};

} // namespace

const capability record{.name = "frame_producer",
                        .version = 1,
                        .doc = "A stream of frames.",
                        .said = "a frame_producer",
                        .parts = "frame producers",
                        .properties = {},
                        .actions = {},
                        .keep = [](const device &of) -> std::unique_ptr<facet> {
                            return std::make_unique<sink_of_node>(of);
                        }};

result<std::shared_ptr<frame_sink>> frames(const device &of) {
    return of.check_can(record).map(
        [&] { return static_cast<const sink_of_node *>(of.facet_of(record))->frames; });
}

} // namespace alidade::capabilities::frame_producer
