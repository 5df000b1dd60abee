#include "device/capability.hpp"

#include "base/value/schema.hpp"
#include "device/capabilities/records.hpp"
#include "device/facet.hpp"

#include <algorithm>

namespace alidade {

namespace {

const char *word(effect e) noexcept {
    static constexpr const char *words[] = {"none", "starts", "moves", "stops", "ends"};
    return words[static_cast<int>(e)];
}

template <class Entry>
effect effect_in(std::span<const Entry> entries, std::string_view named) noexcept {
    const auto it = std::find_if(entries.begin(), entries.end(),
                                 [&](const Entry &e) { return named == e.name; });
    return it != entries.end() ? it->does : effect::none;
}

} // namespace

effect capability::of_property(std::string_view named) const noexcept {
    return effect_in(properties, named);
}

effect capability::of_action(std::string_view named) const noexcept {
    return effect_in(actions, named);
}

const char *capability::stop() const noexcept {
    const auto it = std::find_if(actions.begin(), actions.end(),
                                 [](const action &a) { return a.does == effect::stops; });
    return it != actions.end() ? it->name : nullptr;
}

bool capability::moves() const noexcept {
    const auto begins = [](const auto &entry) { return entry.does == effect::moves; };
    return std::any_of(properties.begin(), properties.end(), begins) ||
           std::any_of(actions.begin(), actions.end(), begins);
}

value capability::describe() const {
    list of_properties;
    for (const property &p : properties) {
        of_properties.emplace_back(map{{"name", p.name},
                                       {"type", type_name(p.type)},
                                       {"doc", p.doc},
                                       {"readable", (p.access & ALD_SCHEMA_READ) != 0},
                                       {"writable", (p.access & ALD_SCHEMA_WRITE) != 0},
                                       {"effect", word(p.does)}});
    }
    list of_actions;
    for (const action &a : actions) {
        of_actions.emplace_back(map{
            {"name", a.name}, {"doc", a.doc}, {"required", a.required}, {"effect", word(a.does)}});
    }
    return map{{"name", name},
               {"version", std::int64_t{version}},
               {"doc", doc},
               {"within", within != nullptr ? value(within) : value()},
               {"properties", std::move(of_properties)},
               {"actions", std::move(of_actions)}};
}

namespace capabilities {

std::span<const capability *const> all() noexcept { return in_order; }

const capability *find(std::string_view name) noexcept {
    const auto known = all();
    const auto it = std::find_if(known.begin(), known.end(),
                                 [&](const capability *c) { return name == c->name; });
    return it != known.end() ? *it : nullptr;
}

effect of_action(std::string_view name) noexcept {
    for (const capability *c : all()) {
        if (const effect does = c->of_action(name); does != effect::none) {
            return does;
        }
    }
    return effect::none;
}

} // namespace capabilities

void facet::learned(std::string_view, const value &, const ald_reading *, std::int64_t) {}
void facet::arrived(std::string_view, const value &, const value &) {}
void facet::departed() noexcept {}
void facet::ended(ald_status) noexcept {}
void facet::held_down() noexcept {}

facets::~facets() {
    facet *f = first_.load(std::memory_order_relaxed);
    while (f != nullptr) {
        const std::unique_ptr<facet> gone(f);
        f = gone->next_;
    }
}

void facets::add(const capability &of, std::unique_ptr<facet> one) noexcept {
    one->of_ = &of;
    one->next_ = first_.load(std::memory_order_relaxed);
    first_.store(one.release(), std::memory_order_release);
}

} // namespace alidade
