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
    add({.name = name,
         .type = ALD_TYPE_STRING,
         .doc = doc,
         .flags = ALD_SCHEMA_CONSTANT,
         .get = [text = std::move(text)](auto *) { return text; }});
}

void node::add_constant(const char *name, const char *unit, const char *doc, std::int64_t number) {
    add({.name = name,
         .type = ALD_TYPE_INT,
         .unit = unit,
         .doc = doc,
         .flags = ALD_SCHEMA_CONSTANT,
         .get = [number](auto *) { return number; }});
}

ald_status node::declare(const ald_host &host, ald_node *handle, ald_error **err) {
    handle_ = handle;
    const bool readable = !properties_.empty() && properties_.front().name == "value";
    table_.emplace(host, "host");
    if (const ald_status s = table_->add_to(handle, std::move(properties_), {}, err); s != ALD_OK) {
        return s;
    }
    if (readable) {
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
