#include "support/properties.hpp"

#include <algorithm>

namespace drivers {

namespace {

// Makes the host's value of a row's value.
struct maker {
    const ald_host &host;

    value operator()(std::int64_t x) const { return make_int(host, x); }
    value operator()(const std::string &x) const { return make_string(host, x); }
};

ald_status add_property(const ald_host &host, ald_node *node, const property &p, ald_error **err) {
    const std::uint64_t read = p.get ? ALD_SCHEMA_READ : 0;
    const std::uint64_t write = p.set || p.start ? ALD_SCHEMA_WRITE : 0;
    ald_schema s =
        record(p.name.c_str(), p.type, p.unit.c_str(), p.doc.c_str(), read | write | p.flags);
    s.min = p.min;
    s.max = p.max;
    s.step = p.step;
    const value choices = make_list(host);
    for (const property::choice &c : p.choices) {
        const value item = std::visit(maker{host}, c);
        if (const ald_status put = host.value_append(choices.get(), item.get(), err);
            put != ALD_OK) {
            return put;
        }
    }
    s.choices = p.choices.empty() ? nullptr : choices.get();
    return host.add_property(node, &s, err);
}

template <class Row> const Row *named(const std::vector<Row> &all, std::string_view name) {
    const auto it =
        std::find_if(all.begin(), all.end(), [&](const Row &row) { return row.name == name; });
    return it != all.end() ? &*it : nullptr;
}

// By its place; by its name where the node had other properties when it was opened before.
const property *row_of(const std::vector<property> &all, const ald_request_info &info) {
    const auto place = static_cast<std::size_t>(info.property);
    return place < all.size() && all[place].name == info.name ? &all[place] : named(all, info.name);
}

} // namespace

void complete(const ald_host &host, ald_request *request, const reading &read) {
    if (const auto *number = std::get_if<double>(&read)) {
        complete(host, request, *number);
    } else if (const auto *integer = std::get_if<std::int64_t>(&read)) {
        complete(host, request, make_int(host, *integer));
    } else if (const auto *flag = std::get_if<bool>(&read)) {
        complete(host, request, make_bool(host, *flag));
    } else if (const auto *text = std::get_if<std::string>(&read)) {
        complete(host, request, make_string(host, *text));
    } else if (const auto *number_and_times = std::get_if<measured>(&read)) {
        complete(host, request, *number_and_times);
    } else {
        complete(host, request, std::get<value>(read));
    }
}

ald_status property_table::add_to(ald_node *node, std::vector<property> properties,
                                  std::vector<action> actions, ald_error **err) {
    auto fresh =
        std::make_shared<const rows>(rows{node, std::move(properties), std::move(actions)});
    {
        const std::scoped_lock lock(mutex_);
        rows_ = fresh;
    }
    ald_status status = ALD_OK;
    for (const property &p : fresh->properties) {
        status = status == ALD_OK ? add_property(host_, node, p, err) : status;
    }
    for (const action &a : fresh->actions) {
        status = status == ALD_OK
                     ? host_.add_action(node, a.name.c_str(), a.doc.c_str(), a.flags, err)
                     : status;
    }
    return status;
}

std::shared_ptr<const property_table::rows> property_table::now() const {
    const std::scoped_lock lock(mutex_);
    return rows_;
}

void property_table::publish(std::string_view name, const value &now_it_is) const {
    const auto held = now();
    if (const property *p = named(held->properties, name); p != nullptr) {
        host_.publish(held->node, p - held->properties.data(), now_it_is.get());
    }
}

void property_table::carry_out(ald_request *request, const ald_request_info &info) const {
    const auto held = now();
    const property *p = info.property >= 0 ? row_of(held->properties, info) : nullptr;
    const action *a = info.verb == ALD_VERB_ACT ? named(held->actions, info.name) : nullptr;
    if (info.verb == ALD_VERB_GET && p != nullptr) {
        get(request, info, *p);
    } else if (info.verb == ALD_VERB_SET && p != nullptr) {
        set(request, info, *p);
    } else if (a != nullptr) {
        act(request, *a);
    } else if (info.verb == ALD_VERB_ACT) {
        refuse(request, {ALD_E_UNSUPPORTED, "it has no action '" + std::string(info.name) + "'"});
    } else {
        refuse(request, {ALD_E_DISCONNECTED, "'" + std::string(info.name) +
                                                 "' is not there any more; see what the device "
                                                 "has now"});
    }
}

void property_table::get(ald_request *request, const ald_request_info &info,
                         const property &p) const {
    if (!p.get) {
        refuse(request,
               {ALD_E_UNSUPPORTED, "'" + std::string(info.name) + "' can only be written"});
        return;
    }
    const auto read = p.get(request);
    if (!read) {
        refuse(request, read.error());
        return;
    }
    complete(host_, request, *read);
}

void property_table::set(ald_request *request, const ald_request_info &info,
                         const property &p) const {
    const setting to(host_, info);
    if (p.start) {
        p.start(request, to);
        return;
    }
    const outcome written =
        p.set ? p.set(request, to)
              : fault{ALD_E_UNSUPPORTED, "'" + std::string(info.name) + "' can only be read"};
    if (!written) {
        refuse(request, written.error());
    } else if (p.get) {
        get(request, info, p); // what the instrument has now
    } else {
        host_.complete(request, ALD_OK, info.value, nullptr);
    }
}

void property_table::act(ald_request *request, const action &a) const {
    if (a.start) {
        a.start(request);
    } else if (const outcome done = a.run(request); !done) {
        refuse(request, done.error());
    } else {
        complete(host_, request);
    }
}

void property_table::refuse(ald_request *request, const fault &why) const {
    drivers::refuse(host_, request, domain_, why);
}

} // namespace drivers
