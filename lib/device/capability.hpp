// Capabilities: records of what a device can do. The device room reads them, and names none.
#pragma once

#include "base/value/value.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace alidade {

class device;
class facet;

// Effect of writing a property or carrying out an action on the instrument.
enum class effect {
    none,
    starts, // an exposure: not while an emergency stop holds
    moves,  // starts a motion: it lasts beyond its turn, one at a time on a device
    stops,  // ends the motion, before all that is waiting; an emergency stop carries it out
    ends    // ends what was started, in its turn; an emergency stop carries it out
};

struct capability {
    // Property that a device must have for it.
    struct property {
        const char *name;
        ald_type type;
        std::uint64_t access; // of ALD_SCHEMA_READ and ALD_SCHEMA_WRITE
        const char *doc;
        effect does = effect::none;
    };
    struct action {
        const char *name;
        const char *doc;
        effect does = effect::none;
        bool required = true;
    };

    const char *name;
    std::int32_t version;
    const char *doc; // one sentence
    // Words for errors: "'lamp' is not ...".
    const char *said;
    // Words for the parts that have it: "its ... are stage/x, stage/y".
    const char *parts;
    std::span<const property> properties;
    std::span<const action> actions;
    // Name of another capability: a device that has that one, and what this one asks for, has this
    // one without being told.
    const char *within = nullptr;
    // Makes the facet that a device keeps for it.
    std::unique_ptr<facet> (*keep)(const device &of) = nullptr;

    [[nodiscard]] effect of_property(std::string_view named) const noexcept;
    [[nodiscard]] effect of_action(std::string_view named) const noexcept;
    // The action with which a motion is stopped; NULL for none.
    [[nodiscard]] const char *stop() const noexcept;
    // Tells whether some property or action begins a motion.
    [[nodiscard]] bool moves() const noexcept;
    [[nodiscard]] value describe() const;
};

namespace capabilities {

// In the order of their names.
[[nodiscard]] std::span<const capability *const> all() noexcept;
// NULL for one that only its driver knows.
[[nodiscard]] const capability *find(std::string_view name) noexcept;
// Effect of an action of that name wherever there is one.
[[nodiscard]] effect of_action(std::string_view name) noexcept;

} // namespace capabilities

} // namespace alidade
