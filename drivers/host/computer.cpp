#include "computer.hpp"

#include "description.hpp"

namespace host_driver {

namespace {

constexpr double ns_per_s = 1e9;

} // namespace

computer::computer(const ald_host &host, ald_node *handle, options chosen)
    : host_(host), handle_(handle), options_(std::move(chosen)),
      machine_(options_.root, host.mono_ns) {}

void computer::submit(ald_request *request) {
    const ald_request_info info = drivers::describe(host_, request);
    switch (info.verb) {
    case ALD_VERB_OPEN: open(request); return;
    case ALD_VERB_CLOSE: close(request); return;
    case ALD_VERB_GET: get(request, info); return;
    default:
        refuse(request, {ALD_E_UNSUPPORTED, "the computer's sensors can only be read"});
        return;
    }
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
    ald_error *why = nullptr;
    ald_status declared = now.root.declare(host_, handle_, &why);
    if (declared == ALD_OK) {
        declared = declare_identity(machine_, host_, handle_, &why);
    }
    if (declared != ALD_OK) {
        host_.complete(request, declared, nullptr, why);
        host_.error_unref(why);
        return;
    }
    if (options_.publish) {
        publisher_ = std::make_unique<publisher>(host_, now.sensors);
        const auto started =
            publisher_->start(static_cast<std::int64_t>(options_.interval_s * ns_per_s));
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

void computer::get(ald_request *request, const ald_request_info &info) {
    if (trees_.empty()) {
        refuse(request, {ALD_E_STATE, "the device is not open; open it first"});
        return;
    }
    // For the device itself the host gives the instance.
    const node *where =
        info.node_data == this ? &trees_.back()->root : static_cast<const node *>(info.node_data);
    const property *wanted = where->find(info.name);
    if (wanted == nullptr) { // it was there when the device was opened before
        refuse(request,
               {ALD_E_DISCONNECTED, std::string("the computer no longer has '") + info.name + "'"});
        return;
    }
    const auto read = wanted->read();
    if (!read) {
        refuse(request, read.error());
        return;
    }
    complete(request, *read);
}

void computer::complete(ald_request *request, const answer &read) {
    if (const auto *text = std::get_if<std::string>(&read)) {
        drivers::complete(host_, request, drivers::make_string(host_, *text));
    } else if (const auto *count = std::get_if<std::int64_t>(&read)) {
        drivers::complete(host_, request, drivers::make_int(host_, *count));
    } else {
        const auto &measured = std::get<number>(read);
        ald_reading reading{};
        reading.struct_size = sizeof(reading);
        reading.value = measured.value;
        reading.t_mono_ns = measured.when.t_mono_ns;
        reading.uncertainty_ns = measured.when.uncertainty_ns;
        reading.quality = measured.quality;
        host_.complete_reading(request, &reading);
    }
}

void computer::refuse(ald_request *request, const fault &why) {
    ald_error *error = host_.error_new(why.code, "host", why.native_code, why.message.c_str());
    host_.complete(request, why.code, nullptr, error);
    host_.error_unref(error);
}

} // namespace host_driver
