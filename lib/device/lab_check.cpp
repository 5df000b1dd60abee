// Checks safe states, presets and positions against the devices of a lab: when those are open, long
// before they are needed.
#include "base/log.hpp"
#include "device/lab_settings.hpp"

#include <algorithm>

namespace alidade {

namespace {

// Path of the device or child in "path:property".
std::string part_of(std::string_view target) {
    return std::string(target.substr(0, target.find(':')));
}

bool is_in(std::string_view part, std::string_view whole) {
    return part.substr(0, whole.size()) == whole &&
           (part.size() == whole.size() || part[whole.size()] == '/');
}

map described(const lab::finding &f) {
    map m{{"key", f.key}, {"where", f.where}, {"device", f.device}};
    if (f.why) {
        m.emplace_back("status", status_name(f.why->code()));
        m.emplace_back("message", f.why->detail().message);
    }
    return m;
}

std::string told(const lab::finding &f) {
    return fmt::format("{}{}: {}", f.where.empty() ? "" : f.where + ": ", f.key,
                       f.why->detail().message);
}

template <class T> ref<const error> reason(const result<T> &checked) {
    return checked ? ref<const error>() : checked.error();
}

// Declaration of a lab: its place, the device or child that it is about, and a check that gives the
// error, or NULL if it fits.
struct declaration {
    std::string key;
    std::string part;
    std::function<ref<const error>()> misfit;
};

void add_group(std::vector<declaration> &all, const lab &of, const std::string &name,
               const value &group) {
    const std::string key = key_in("groups", name);
    for (const auto &[preset, settings] : *group.find("presets")->as_map()) {
        const std::string place = key_in(key + ".presets", preset);
        for (const auto &[target, v] : *settings.as_map()) {
            all.push_back({key_in(place, target), part_of(target), [&of, t = target, wanted = v] {
                               return reason(of.check_setting(t, wanted));
                           }});
        }
    }
    for (const auto &[target, v] : *group.find("tolerances")->as_map()) {
        all.push_back(
            {key_in(key + ".tolerances", target), part_of(target),
             [&of, t = target, wanted = v] { return reason(of.check_tolerance(t, wanted)); }});
    }
}

void add_position(std::vector<declaration> &all, const lab &of, const std::string &name,
                  const value &places) {
    const std::string key = key_in("positions", name);
    for (const auto &[axis, v] : *places.as_map()) {
        all.push_back({key_in(key, axis), axis,
                       [&of, a = axis, wanted = v] { return reason(of.check_place(a, wanted)); }});
    }
}

void add_safe_steps(std::vector<declaration> &all, const ref<device> &d) {
    const auto steps = d->safe_steps();
    for (std::size_t i = 0; steps && i < steps->size(); ++i) {
        const safe_step &step = (*steps)[i];
        all.push_back({fmt::format("{}.safe_state.{}", key_in("devices", d->path()), i),
                       step.child.empty() ? d->path() : d->path() + "/" + step.child,
                       [d, step] { return reason(d->check_safe_step(step)); }});
    }
}

std::vector<declaration> declarations(const lab &of) {
    std::vector<declaration> all;
    for (const ref<device> &d : of.devices()) {
        add_safe_steps(all, d);
    }
    const value groups = of.groups();
    for (const auto &[name, content] : *groups.as_map()) {
        add_group(all, of, name, content);
    }
    const value positions = of.positions();
    for (const auto &[name, places] : *positions.as_map()) {
        add_position(all, of, name, places);
    }
    return all;
}

// Tells whether a part is, or is below, a child that is there and cannot be used.
bool has_failed(const device &root, const std::string &part) {
    const auto failed = root.failed_children();
    return std::any_of(failed.begin(), failed.end(),
                       [&](const auto &each) { return is_in(part, each.first); });
}

} // namespace

std::vector<lab::finding> lab::findings(const device *only) const {
    std::vector<finding> found;
    for (const declaration &each : declarations(*this)) {
        const std::string name = each.part.substr(0, each.part.find('/'));
        if (only != nullptr && name != only->path()) {
            continue;
        }
        const auto d = find(name);
        const bool can_tell = d && (*d)->is_known() && !has_failed(**d, each.part);
        auto why = can_tell ? each.misfit() : d ? ref<const error>() : d.error();
        if (why || !can_tell) {
            found.push_back({each.key, "", name, each.part, std::move(why)});
        }
    }
    const std::scoped_lock lock(mutex_);
    for (finding &f : found) {
        const auto place = places_.find(f.key);
        f.where = place != places_.end() ? place->second : "";
    }
    return found;
}

value lab::check() const {
    list refused;
    list unchecked;
    for (const finding &f : findings()) {
        (f.why ? refused : unchecked).emplace_back(described(f));
    }
    return map{{"findings", std::move(refused)}, {"unchecked", std::move(unchecked)}};
}

// Makes the result of opening, once all devices have been tried.
result<value> lab::opened(map devices) const {
    std::string all;
    const auto found = findings();
    for (const finding &f : found) {
        if (f.why) {
            all += (all.empty() ? "" : "; ") + told(f);
        }
    }
    if (!all.empty()) {
        const auto first =
            std::find_if(found.begin(), found.end(), [](const finding &f) { return f.why; });
        return fail({.code = first->why->code(),
                     .domain = "lab",
                     .where = first->where.empty() ? first->key : first->where},
                    "what the lab '{}' declares does not fit its devices, which stay open until it "
                    "is closed: {}",
                    name_, all);
    }
    for (auto &[name, failed] : devices) {
        list keys;
        for (const finding &f : found) {
            if (is_in(f.part, name)) {
                keys.emplace_back(f.key);
            }
        }
        if (failed.as_map() != nullptr && !keys.empty()) {
            map entry = *failed.as_map();
            entry.emplace_back("unchecked", std::move(keys));
            failed = std::move(entry);
        }
    }
    return value(std::move(devices));
}

void lab::note_places(const settings &s) {
    for (const declaration &each : declarations(*this)) {
        if (const auto entry = s.find(each.key)) {
            places_.emplace(each.key, s.where(entry->places->at));
        }
    }
}

void lab::forget_places(const std::string &key) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(places_, [&](const auto &place) { return place.first.rfind(key + ".", 0) == 0; });
}

// Reports what does not fit the root, open now, perhaps once more and with nobody waiting for it.
void device::tell_findings() noexcept try {
    for (const lab::finding &f : lab_.findings(this)) {
        if (f.why) {
            if (!lab_.is_opening()) {
                log::write(ALD_LOG_WARNING, path_, "declared, but does not fit: " + told(f));
            }
            tell_state(ALD_EVENT_DECLARATION_REFUSED, described(f));
        }
    }
} catch (...) {
    log::write(ALD_LOG_ERROR, path_,
               "what the lab declares of it was not checked for want of memory");
}

} // namespace alidade
