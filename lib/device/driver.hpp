// Interface of a driver to the device room, and the list of drivers that the process knows.
#pragma once

#include "base/value/schema.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace alidade {

class device;
class request;

// Driver instance: controls one instrument.
class instance {
public:
    instance() = default;
    instance(const instance &) = delete;
    instance &operator=(const instance &) = delete;
    virtual ~instance() = default;

    // Completes the request now or later.
    virtual void submit(request &r) = 0;
    // Asks for the end of a request that was submitted. Returns at once.
    virtual void cancel(request &r) = 0;
};

class driver {
public:
    driver() = default;
    driver(const driver &) = delete;
    driver &operator=(const driver &) = delete;
    virtual ~driver() = default;

    [[nodiscard]] virtual const std::string &name() const = 0;
    [[nodiscard]] virtual const std::string &doc() const = 0;
    // `submit` may take long and wants a thread of its own.
    [[nodiscard]] virtual bool blocking() const = 0;
    [[nodiscard]] virtual std::span<const schema> options() const = 0;
    // `options` is complete and checked.
    [[nodiscard]] virtual result<std::unique_ptr<instance>> create(device &root,
                                                                   const value &options) const = 0;
    // A list of maps: name, description, options.
    [[nodiscard]] virtual result<value> discover() const = 0;
};

namespace drivers {

// For the life of the process. Fails with EXISTS for a name that is taken.
[[nodiscard]] outcome add(std::unique_ptr<const driver> d);
[[nodiscard]] result<const driver *> find(std::string_view name);
[[nodiscard]] std::vector<const driver *> all();

} // namespace drivers

} // namespace alidade
