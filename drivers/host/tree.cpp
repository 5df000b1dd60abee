#include "tree.hpp"

#include "text.hpp"

#include <algorithm>
#include <limits>

namespace host_driver {

node &node::add_child(std::string_view name) {
    const std::string wanted = child_name(name);
    const auto taken = [&](const std::string &candidate) {
        return std::any_of(children_.begin(), children_.end(),
                           [&](const auto &c) { return c->name_ == candidate; });
    };
    std::string free = wanted;
    for (int i = 2; taken(free); ++i) {
        free = wanted + "-" + std::to_string(i);
    }
    children_.push_back(std::make_unique<node>(free));
    return *children_.back();
}

void node::add_constant(const char *name, const char *doc, std::string text) {
    add({name, ALD_TYPE_STRING, "", doc,
         [text = std::move(text)]() -> result<answer> { return text; }, none, none,
         ALD_SCHEMA_READ | ALD_SCHEMA_CONSTANT});
}

void node::add_constant(const char *name, const char *unit, const char *doc, std::int64_t number) {
    add({name, ALD_TYPE_INT, unit, doc, [number]() -> result<answer> { return number; }, none, none,
         ALD_SCHEMA_READ | ALD_SCHEMA_CONSTANT});
}

const property *node::find(std::string_view name) const noexcept {
    const auto it = std::find_if(properties_.begin(), properties_.end(),
                                 [&](const property &p) { return p.name == name; });
    return it != properties_.end() ? &*it : nullptr;
}

ald_status node::declare(const ald_host &host, ald_node *handle, ald_error **err) {
    handle_ = handle;
    for (const property &p : properties_) {
        ald_schema record = drivers::record(p.name, p.type, p.unit, p.doc, p.flags);
        record.min = p.min;
        record.max = p.max;
        if (const ald_status s = host.add_property(handle, &record, err); s != ALD_OK) {
            return s;
        }
    }
    if (find("value") != nullptr) {
        if (const ald_status s = host.add_capability(handle, "readable", 1, err); s != ALD_OK) {
            return s;
        }
    }
    for (const auto &child : children_) {
        ald_node *added = nullptr;
        ald_status s = host.add_child(handle, child->name_.c_str(), child.get(), &added, err);
        if (s == ALD_OK) {
            s = child->declare(host, added, err);
        }
        if (s != ALD_OK) {
            return s;
        }
    }
    return ALD_OK;
}

std::int64_t to_count(std::uint64_t x) noexcept {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    return x > static_cast<std::uint64_t>(most) ? most : static_cast<std::int64_t>(x);
}

} // namespace host_driver
