#include "support/discovery.hpp"

#include <algorithm>

namespace drivers {

namespace {

value new_map(const ald_host &host) {
    ald_value *made = nullptr;
    host.value_new_map(&made, nullptr);
    return {host, made};
}

ald_status put(const ald_host &host, const value &map, std::string_view key, const value &item,
               ald_error **err) {
    return host.value_set(map.get(), key.data(), key.size(), item.get(), err);
}

bool has_id(const options &port, std::span<const usb_id> ids) {
    return port.has("vendor_id") && port.has("product_id") &&
           std::any_of(ids.begin(), ids.end(), [&](const usb_id &id) {
               return port.integer("vendor_id") == id.vendor &&
                      port.integer("product_id") == id.product;
           });
}

ald_status add_port(const ald_host &host, ald_value *candidates, const options &port,
                    std::string_view name, std::string_view what, ald_error **err) {
    const value given = new_map(host);
    const std::string uri = port.text("uri");
    if (const ald_status set = put(host, given, "uri", make_string(host, uri), err);
        set != ALD_OK) {
        return set;
    }
    std::string text = uri + " may be a " + std::string(what) +
                       ": a serial port or adapter of the usual kind; it was not asked";
    if (port.has("description")) {
        text += " (" + port.text("description") + ")";
    }
    return add_candidate(host, candidates, name, text, given, err);
}

} // namespace

// Adds a candidate. Where there is no memory for a value the host refuses its NULL.
ald_status add_candidate(const ald_host &host, ald_value *list, std::string_view name,
                         const std::string &description, const value &options, ald_error **err) {
    const value candidate = new_map(host);
    const value called = make_string(host, name);
    const value text = make_string(host, description);
    for (const auto &[key, item] : {std::pair(std::string_view("name"), &called),
                                    {"description", &text},
                                    {"options", &options}}) {
        if (const ald_status set = put(host, candidate, key, *item, err); set != ALD_OK) {
            return set;
        }
    }
    return host.value_append(list, candidate.get(), err);
}

ald_status discover_serial(const ald_host &host, std::string_view name, std::string_view what,
                           std::span<const usb_id> ids, ald_value **candidates, ald_error **err) {
    *candidates = nullptr;
    ald_value *listed = nullptr;
    if (const ald_status status = host.port_list(&listed, err); status != ALD_OK) {
        return status;
    }
    const value ports(host, listed);
    ald_status status = host.value_new_list(candidates, err);
    for (std::int64_t i = 0; status == ALD_OK && i < host.value_count(listed); ++i) {
        ald_value *item = nullptr;
        status = host.value_at(listed, i, &item, err);
        const value held(host, item);
        const options port(host, item);
        if (status == ALD_OK && has_id(port, ids)) {
            status = add_port(host, *candidates, port, name, what, err);
        }
    }
    if (status != ALD_OK) {
        host.value_unref(std::exchange(*candidates, nullptr));
    }
    return status;
}

} // namespace drivers
