#include "computer.hpp"

#include "description.hpp"

namespace host_driver {

namespace {

constexpr double ns_per_s = 1e9;

} // namespace

computer::computer(const ald_host &host, ald_node *handle, const drivers::options &given)
    : host_(host), handle_(handle), machine_(given.text("root"), host.mono_ns),
      interval_ns_(static_cast<std::int64_t>(given.number("interval") * ns_per_s)),
      publishes_(given.flag("publish")) {}

void computer::submit(ald_request *request) {
    const ald_request_info info = drivers::describe(host_, request);
    switch (info.verb) {
    case ALD_VERB_OPEN: open(request); return;
    case ALD_VERB_CLOSE: close(request); return;
    default: break;
    }
    if (trees_.empty()) {
        refuse(request, {ALD_E_STATE, "the device is not open; open it first"});
        return;
    }
    // For the device itself the host gives the instance.
    const node *where =
        info.node_data == this ? &trees_.back()->root : static_cast<const node *>(info.node_data);
    where->carry_out(request, info);
}

// Every Linux has processors and memory. The rest may be hidden in a container, or be of a form
// that we do not know: the other sensors are still good.
result<std::unique_ptr<computer::tree>> computer::find_sensors() const {
    auto found = std::make_unique<tree>();
    add_description(machine_, found->root);
    for (const auto add : {add_cpu, add_memory}) {
        const auto added = add(machine_, found->root, found->sensors);
        if (!added && added.error().code == ALD_E_DISCONNECTED) {
            return fault{ALD_E_NOT_FOUND,
                         added.error().message + "; the option root must be the directory that "
                                                 "has proc and sys of a Linux computer",
                         added.error().native_code};
        }
        if (!added) {
            return added.error();
        }
    }
    for (const auto add : {add_disks, add_networks, add_temperatures}) {
        const auto added = add(machine_, found->root, found->sensors);
        if (!added) {
            const std::string text = "some sensors are left out: " + added.error().message;
            const bool absent = added.error().code == ALD_E_DISCONNECTED;
            host_.log(absent ? ALD_LOG_INFO : ALD_LOG_WARNING, "host", text.c_str());
        }
    }
    return found;
}

void computer::open(ald_request *request) {
    publisher_.reset();
    auto found = find_sensors();
    if (!found) {
        refuse(request, found.error());
        return;
    }
    trees_.push_back(std::move(*found));
    tree &now = *trees_.back();
    const auto declared = drivers::called(host_, [&](ald_error **err) {
        const ald_status added = now.root.declare(host_, handle_, err);
        return added == ALD_OK ? declare_identity(machine_, host_, handle_, err) : added;
    });
    if (!declared) {
        refuse(request, declared.error());
        return;
    }
    if (publishes_) {
        publisher_ = std::make_unique<publisher>(host_, now.sensors);
        const auto started = publisher_->start(interval_ns_);
        if (!started) {
            publisher_.reset();
            refuse(request, started.error());
            return;
        }
    }
    drivers::complete(host_, request);
}

void computer::close(ald_request *request) {
    publisher_.reset();
    drivers::complete(host_, request);
}

void computer::refuse(ald_request *request, const fault &why) {
    drivers::refuse(host_, request, domain, why);
}

} // namespace host_driver
