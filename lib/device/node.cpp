// Reports of drivers to a device: its parts and properties, readings, events.
#include "device/device.hpp"
#include "device/driver_fault.hpp"
#include "device/lab.hpp"
#include "device/prompt_call.hpp"

#include "base/log.hpp"

#include <algorithm>

namespace alidade {

namespace {

constexpr std::int64_t named_again_after_ns = 60'000'000'000;

outcome check_not_empty(const std::string &name, std::string_view of_what) {
    return !name.empty() ? outcome()
                         : fail(ALD_E_INVALID, "device", "the name of {} is empty", of_what);
}

} // namespace

// Callers rely on what they have seen of an open device.
outcome device::check_declaring() const {
    engine &e = *root_->engine_;
    const std::scoped_lock lock(e.mutex);
    if (!e.created || e.state == ALD_DEVICE_OPENING) {
        return {};
    }
    return fail({.code = ALD_E_STATE, .domain = "device", .where = path_},
                "what '{}' is made of is told during create and open alone; it is {} now", path_,
                state_name(e.state));
}

result<device *> device::add_child(const std::string &name, void *data) {
    if (auto named = check_device_name(name); !named) {
        return failure(std::move(named.error()));
    }
    const std::scoped_lock lock(mutex_);
    const std::string path = path_ + "/" + name;
    // A device that is opened again adds the same children again.
    for (const ref<device> &c : children_) {
        if (c->path_ == path) {
            c->driver_data = data;
            return c.get();
        }
    }
    children_.push_back(make<device>(lab_, this, path));
    children_.back()->driver_data = data;
    return children_.back().get();
}

outcome device::add_property(schema s) {
    auto valid = validated(std::move(s));
    if (!valid) {
        return failure(std::move(valid.error()));
    }
    auto fresh = std::make_unique<property>();
    fresh->rule = std::move(*valid);
    const std::scoped_lock lock(mutex_);
    for (auto &p : properties_) {
        if (p->rule == fresh->rule) {
            return {}; // as it was before the device was opened again
        }
        if (p->rule.name == fresh->rule.name) {
            fresh->known = p->known;
            fresh->last = p->last;
            fresh->t_mono_ns = p->t_mono_ns;
            retired_.push_back(std::exchange(p, std::move(fresh)));
            return {};
        }
    }
    properties_.push_back(std::move(fresh));
    return {};
}

outcome device::add_action(const std::string &name, const std::string &doc, bool moves,
                           bool starts) {
    if (auto named = check_not_empty(name, "an action"); !named) {
        return named;
    }
    // Names that an emergency stop holds down also where a driver does not say so.
    const effect known = capabilities::of_action(name);
    const bool does = moves || starts || known == effect::starts || known == effect::moves;
    const std::scoped_lock lock(mutex_);
    if (action_named(name) == nullptr) {
        actions_.push_back({name, doc, moves, does});
    }
    return {};
}

outcome device::child_failed(const std::string &name, ref<const error> why) {
    if (auto named = check_device_name(name); !named) {
        return named;
    }
    log::write(ALD_LOG_WARNING, "device",
               path_ + "/" + name + " cannot be used: " + why->detail().message);
    const std::scoped_lock lock(mutex_);
    std::erase_if(failed_children_, [&](const auto &known) { return known.first == name; });
    failed_children_.emplace_back(name, std::move(why));
    return {};
}

void device::forget_failed_children() {
    {
        const std::scoped_lock lock(mutex_);
        failed_children_.clear();
    }
    for (const ref<device> &c : children()) {
        c->forget_failed_children();
    }
}

outcome device::add_capability(const std::string &name, std::int32_t version) {
    if (auto named = check_not_empty(name, "a capability"); !named) {
        return named;
    }
    if (version < 1) {
        return fail({.code = ALD_E_INVALID, .domain = "device", .where = path_},
                    "the version of the capability '{}' is {}; expected 1 or more", name, version);
    }
    const capability *record = capabilities::find(name);
    const std::scoped_lock lock(mutex_);
    if (auto fits = record != nullptr ? check_capability(*record) : outcome(); !fits) {
        return fits;
    }
    if (record != nullptr && record->keep != nullptr && facet_of(*record) == nullptr) {
        facets_.add(*record, record->keep(*this));
    }
    capabilities_[name] = {version, record};
    return {};
}

// Checks what callers may rely on where they find a capability. With the mutex held.
outcome device::check_capability(const capability &wanted) const {
    const error_detail at{.code = ALD_E_INVALID, .domain = "device", .where = path_};
    for (const capability::property &p : wanted.properties) {
        const property *found = property_named(p.name);
        if (found == nullptr || found->rule.type != p.type ||
            (found->rule.flags & p.access) != p.access) {
            const bool writes = (p.access & ALD_SCHEMA_WRITE) != 0;
            return fail(at,
                        "'{}' cannot be {} without a property '{}' of type {} that can be {}; add "
                        "it first",
                        path_, wanted.said, p.name, type_name(p.type), writes ? "written" : "read");
        }
    }
    for (const capability::action &a : wanted.actions) {
        if (a.required && action_named(a.name) == nullptr) {
            return fail(at, "'{}' cannot be {} without the action '{}'; add it first", path_,
                        wanted.said, a.name);
        }
    }
    const char *stop = wanted.stop();
    const std::string_view other = stop_name();
    if (stop != nullptr && !other.empty() && other != stop) {
        return fail(at,
                    "'{}' is stopped by the action '{}' and cannot be {} too; make that a child",
                    path_, other, wanted.said);
    }
    return {};
}

void device::set_identity(identity who) {
    const std::scoped_lock lock(mutex_);
    identity_ = std::move(who);
}

void device::keep(std::shared_ptr<const void> what) {
    engine &e = *root_->engine_;
    const std::scoped_lock lock(e.mutex);
    e.kept.push_back(std::move(what));
}

outcome device::set_timeouts(std::int64_t query_ns, std::int64_t motion_ns) {
    for (const std::int64_t timeout_ns : {query_ns, motion_ns}) {
        if (timeout_ns != ALD_WAIT_FOREVER && timeout_ns <= 0) {
            return fail({.code = ALD_E_INVALID, .domain = "device", .where = path_},
                        "a timeout of '{}' is {} ns; expected more than 0, or -1 for none", path_,
                        timeout_ns);
        }
    }
    const std::scoped_lock lock(root_->engine_->mutex);
    root_->engine_->query_timeout_ns = query_ns;
    root_->engine_->motion_timeout_ns = motion_ns;
    return {};
}

bool device::may_name_its_driver() noexcept {
    std::atomic<std::int64_t> &again = root_->engine_->named_again_ns;
    const std::int64_t now = mono_ns();
    std::int64_t from = again.load(std::memory_order_relaxed);
    return now >= from && again.compare_exchange_strong(from, now + named_again_after_ns);
}

void device::remember(property &p, const value &v, std::int64_t t_mono_ns) {
    p.known = true;
    p.last = v;
    p.t_mono_ns = t_mono_ns;
}

result<value> device::check_answer(const request::order &what, const value &v) const {
    if (what.property < 0) {
        return v;
    }
    const schema &rule = **property_at(static_cast<std::size_t>(what.property));
    const bool given_back = (rule.flags & ALD_SCHEMA_READ) != 0;
    if (v.type() == ALD_TYPE_NULL && !given_back) {
        return v;
    }
    auto checked = alidade::check_answer(rule, v);
    if (!checked) {
        return driver_fault(
            *this, fmt::format("gave no value that fits: {}", checked.error()->detail().message));
    }
    return checked;
}

void device::learn(const request::order &what, const value &v, const ald_reading *times) {
    if (what.property < 0) {
        return;
    }
    const std::int64_t now =
        times != nullptr && times->t_mono_ns != 0 ? times->t_mono_ns : mono_ns();
    bool changed = false;
    {
        const std::scoped_lock lock(mutex_);
        property &p = *properties_[static_cast<std::size_t>(what.property)];
        changed = !p.known || !(p.last == v);
        remember(p, v, now);
        facets_.for_each([&](facet &f) { f.learned(what.name, v, times, now); });
    }
    if (changed) {
        tell_changed(what.name, v);
    }
}

void device::publish(std::size_t index, const value &v) {
    const auto rule = property_at(index);
    if (!rule) {
        log_fault(*this,
                  "published a property that it does not have: " + rule.error()->detail().message);
        return;
    }
    const request::order what{
        .verb = ALD_VERB_GET, .name = (*rule)->name, .property = static_cast<std::int64_t>(index)};
    if (const auto fits = check_answer(what, v)) {
        learn(what, *fits, nullptr);
    } else {
        log::write(ALD_LOG_ERROR, "driver", fits.error()->detail().message);
    }
}

void device::disconnect(std::string_view why) { disconnect_if(opening_number(), why); }

void device::disconnect_if(std::uint64_t opening, std::string_view why) {
    // Requests of now: somebody who sees the state may open it again at once.
    std::vector<ref<request>> under_way;
    root_->owe_stops();
    {
        engine &e = *root_->engine_;
        const std::scoped_lock lock(e.mutex);
        if (e.opening_number != opening ||
            (e.state != ALD_DEVICE_OPEN && e.state != ALD_DEVICE_OPENING)) {
            return;
        }
        under_way = requests().all();
        e.state = ALD_DEVICE_DISCONNECTED;
    }
    log::write(ALD_LOG_WARNING, "device", root_->path_ + " is gone: " + std::string(why));
    for (const ref<request> &r : under_way) {
        r->end(request::reason::disconnected);
    }
    // After that: whoever sees it may open the device again.
    root_->end_facets(ALD_E_DISCONNECTED);
    root_->tell_state(ALD_EVENT_DEVICE_DISCONNECTED, root_->path_);
    root_->arm_reopening();
}

std::uint64_t device::opening_number() const {
    const std::scoped_lock lock(root_->engine_->mutex);
    return root_->engine_->opening_number;
}

void device::line_lost(std::uint64_t opening, const std::string &line) {
    disconnect_if(opening, "the line '" + line + "' was unplugged or closed at its other end");
}

void device::line_failed(std::uint64_t opening, const std::string &line) {
    engine &e = *root_->engine_;
    const std::scoped_lock lock(e.mutex);
    if (e.opening_number == opening) {
        e.lost_line = line;
    }
}

void device::notice_lost_line() {
    std::uint64_t opening = 0;
    std::string line;
    {
        const std::scoped_lock lock(engine_->mutex);
        line = engine_->lost_line;
        opening = engine_->opening_number;
    }
    if (!line.empty()) {
        line_lost(opening, line);
    }
}

result<timer::id> device::schedule(std::int64_t t_mono_ns, std::function<void()> function) {
    engine &e = *root_->engine_;
    // Held while the timer is armed, so that it cannot look for its id before that is noted.
    const std::scoped_lock lock(e.mutex);
    if (e.timers_ended) {
        return fail(ALD_E_CLOSED, "device", "'{}' is closed", path_);
    }
    auto mine = std::make_shared<timer::id>(0);
    auto armed = runtime::instance().timers().schedule(
        t_mono_ns, [this, &e, keep = keep_alive(), mine, function = std::move(function)] {
            {
                const inside_driver inside(e.requests);
                static const std::string nothing;
                const prompt_call watched(*this, "a function of `schedule`", nothing);
                function();
            }
            // Not before: who closes the device waits for those that are listed.
            const std::scoped_lock ended(e.mutex);
            e.timers.erase(*mine);
        });
    if (armed) {
        *mine = *armed;
        e.timers.insert(*armed);
    }
    return armed;
}

bool device::unschedule(timer::id which) {
    if (!runtime::instance().timers().unschedule(which)) {
        return false; // it runs, and leaves the list itself
    }
    const std::scoped_lock lock(root_->engine_->mutex);
    root_->engine_->timers.erase(which);
    return true;
}

void device::tell(event e) {
    e.record.source = id_;
    for (device *d = this; d != nullptr; d = d->parent_) {
        d->events_.tell(e);
    }
    lab_.events().tell(e);
}

void device::tell_state(std::int32_t kind, const value &payload) noexcept try {
    event e(kind);
    e.payload = make<value_object>(payload);
    e.record.value_type = payload.type();
    tell(std::move(e));
} catch (...) {
    log::write(ALD_LOG_ERROR, "device", "an event was lost for want of memory");
}

void device::tell_changed(const std::string &name, const value &v) {
    constexpr std::int32_t kind = ALD_EVENT_PROPERTY_CHANGED;
    bool wanted = lab_.events().wanted(kind);
    for (const device *d = this; d != nullptr && !wanted; d = d->parent_) {
        wanted = d->events_.wanted(kind);
    }
    if (!wanted) {
        return;
    }
    event e(kind);
    e.payload = make<value_object>(map{{"device", path_}, {"property", name}, {"value", v}});
    fill_scalar(e.record, v);
    if (!root_->hold_back(e, *this)) {
        tell(std::move(e));
    }
}

bool device::hold_back(const event &e, device &of) {
    const std::scoped_lock lock(engine_->mutex);
    if (engine_->announcing) {
        engine_->held.emplace_back(ref<device>::share(&of), e);
    }
    return engine_->announcing;
}

// Tells the events that the root has held back, when its opening has ended and that was told.
void device::tell_held(bool opened) noexcept {
    for (;;) {
        std::vector<std::pair<ref<device>, event>> held;
        {
            const std::scoped_lock lock(engine_->mutex);
            held.swap(engine_->held);
            engine_->announcing = !held.empty() && opened;
        }
        if (held.empty() || !opened) {
            return;
        }
        for (auto &[of, e] : held) {
            try {
                of->tell(std::move(e));
            } catch (...) {
                log::write(ALD_LOG_ERROR, "device", "an event was lost for want of memory");
            }
        }
    }
}

} // namespace alidade
