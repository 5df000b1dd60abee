// The tree of an instrument: making, describing, finding, closing.
#include "device/device.hpp"

#include "base/immortal.hpp"
#include "base/log.hpp"
#include "base/value/options.hpp"
#include "device/driver_fault.hpp"
#include "device/lab.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace alidade {

namespace {

constexpr std::int64_t close_timeout_ns = 5'000'000'000;

std::uint64_t next_id() noexcept {
    static std::atomic<std::uint64_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

// Keeps a driver that did not end for ever, with all that its threads may still use.
void leave_behind(std::unique_ptr<instance> driver, const device &of) noexcept {
    struct remains {
        std::unique_ptr<instance> driver;
        ref<const object> device;
        ref<const object> lab;
    };
    struct cellar {
        std::mutex mutex;
        std::vector<remains> all;
    };
    remains mine{std::move(driver), ref<const object>::share(&of), of.keep_alive()};
    try {
        auto &kept = immortal<cellar>();
        const std::scoped_lock lock(kept.mutex);
        kept.all.push_back(std::move(mine));
    } catch (...) { // no memory for the list: nothing refers to it, and it stays all the same
        (void)mine.driver.release();
        (void)mine.device.leak();
        (void)mine.lab.leak();
    }
}

} // namespace

const char *state_name(ald_device_state s) noexcept {
    static constexpr const char *names[] = {"new", "opening", "open", "disconnected", "closed"};
    return names[s];
}

device::device(lab &owner, device *parent, std::string path)
    : object(ALD_KIND_DEVICE), lab_(owner), root_(parent != nullptr ? parent->root_ : this),
      parent_(parent), path_(std::move(path)), id_(next_id()) {}

device::~device() = default;

result<ref<device>> device::create(lab &owner, const std::string &name, const driver &kind,
                                   const value &options) {
    auto complete = complete_options(kind.options(), options, name + " (" + kind.name() + ")");
    if (!complete) {
        return failure(std::move(complete.error()));
    }
    auto made = make<device>(owner, nullptr, name);
    made->engine_ = std::make_unique<engine>(kind);
    auto driver_instance = kind.create(*made, *complete);
    {
        const std::scoped_lock lock(made->engine_->mutex);
        made->engine_->created = true;
    }
    if (!driver_instance) {
        return failure(std::move(driver_instance.error()));
    }
    made->engine_->driver_instance = std::move(*driver_instance);
    made->engine_->requests.set_instance(made->engine_->driver_instance.get());
    return made;
}

const object *device::parent() const noexcept { return &lab_; }

ref<const object> device::keep_alive() const { return ref<const object>::share(&lab_); }

ald_device_state device::state() const {
    const engine &e = *root_->engine_;
    const std::scoped_lock lock(root_->engine_->mutex);
    if (e.closing) {
        return ALD_DEVICE_CLOSED;
    }
    // Whoever was told by an error that the line is lost must not see an open device after it.
    const bool is_lost = e.state == ALD_DEVICE_OPEN && !e.lost_line.empty();
    return is_lost ? ALD_DEVICE_DISCONNECTED : e.state;
}

value device::describe() const {
    map m{{"path", path_}, {"driver", root_->engine_->kind.name()}, {"state", state_name(state())}};
    const std::scoped_lock lock(mutex_);
    m.insert(m.end(), {{"vendor", identity_.vendor},
                       {"model", identity_.model},
                       {"serial_number", identity_.serial_number},
                       {"firmware", identity_.firmware}});
    list capabilities;
    for (const auto &[name, is] : capabilities_) {
        capabilities.emplace_back(name);
    }
    for (const capability *c : capabilities::all()) {
        if (has_within(*c)) {
            capabilities.emplace_back(c->name);
        }
    }
    list children;
    for (const ref<device> &c : children_) {
        children.emplace_back(c->path_.substr(path_.size() + 1));
    }
    list properties;
    for (const auto &p : properties_) {
        properties.push_back(alidade::describe(p->rule));
    }
    list actions;
    list starting; // what is refused while an emergency stop holds
    for (const action &a : actions_) {
        actions.emplace_back(a.name);
        if (a.starts) {
            starting.emplace_back(a.name);
        }
    }
    for (const auto &p : properties_) {
        if (effect_of_held(p->rule) != effect::none) {
            starting.emplace_back(p->rule.name);
        }
    }
    const std::int64_t reopen = root_->engine_->reopen_ns;
    map failed;
    for (const auto &[name, why] : failed_children_) {
        failed.emplace_back(name, why->detail().message);
    }
    m.insert(m.end(),
             {{"capabilities", std::move(capabilities)},
              {"children", std::move(children)},
              {"properties", std::move(properties)},
              {"actions", std::move(actions)},
              {"starting", std::move(starting)},
              {"failed_children", std::move(failed)},
              {"reopen", reopen > 0 ? value(static_cast<double>(reopen) / 1e9) : value()}});
    return m;
}

std::vector<ref<device>> device::children() const {
    const std::scoped_lock lock(mutex_);
    return children_;
}

result<ref<device>> device::child(std::string_view path) const {
    return find_below(path, [&] {
        std::vector<ref<device>> nodes;
        collect_nodes(nodes);
        std::vector<std::string> names;
        for (const ref<device> &d : nodes) {
            if (d.get() != this) {
                names.push_back(d->path_.substr(path_.size() + 1));
            }
        }
        return did_you_mean(path, names);
    });
}

// Finds a part; where there is none the failure has the words of `hint`.
result<ref<device>> device::find_below(std::string_view path,
                                       const std::function<std::string()> &hint) const {
    const std::string_view first = path.substr(0, path.find('/'));
    {
        const std::scoped_lock lock(mutex_);
        for (const auto &[name, why] : failed_children_) {
            if (name == first) {
                return failure(located(why, path_ + "/" + name));
            }
        }
    }
    for (const ref<device> &c : children()) {
        if (c->path_.substr(path_.size() + 1) == first) {
            return first.size() == path.size() ? c
                                               : c->find_below(path.substr(first.size() + 1), hint);
        }
    }
    return fail({.code = ALD_E_NOT_FOUND, .domain = "device", .where = path_},
                "'{}' has no child '{}'{}{}", path_, first, hint(),
                state() == ALD_DEVICE_NEW ? "; children may be known only when it is open" : "");
}

bool device::can(std::string_view capability, std::int32_t version) const {
    const std::scoped_lock lock(mutex_);
    if (const auto it = capabilities_.find(capability); it != capabilities_.end()) {
        return it->second.version >= version;
    }
    const auto *known = capabilities::find(capability);
    return known != nullptr && known->version >= version && has_within(*known);
}

// With the mutex held. Whether it has a capability by having another one.
bool device::has_within(const capability &c) const noexcept {
    return c.within != nullptr && capabilities_.contains(c.within) &&
           std::all_of(c.actions.begin(), c.actions.end(), [this](const capability::action &a) {
               return action_named(a.name) != nullptr;
           });
}

bool device::can_move() const {
    const std::scoped_lock lock(mutex_);
    return std::any_of(capabilities_.begin(), capabilities_.end(), [](const auto &one) {
        return one.second.record != nullptr && one.second.record->moves();
    });
}

// With the mutex held.
std::string_view device::stop_name() const noexcept {
    for (const auto &[name, is] : capabilities_) {
        const char *stop = is.record != nullptr ? is.record->stop() : nullptr;
        if (stop != nullptr) {
            return stop;
        }
    }
    return {};
}

std::string_view device::stop_action() const {
    const std::scoped_lock lock(mutex_);
    return stop_name();
}

bool device::can_stop() const {
    const std::scoped_lock lock(mutex_);
    const std::string_view name = stop_name();
    return !name.empty() && action_named(name) != nullptr;
}

const device::action *device::action_named(std::string_view name) const noexcept {
    const auto it = std::find_if(actions_.begin(), actions_.end(),
                                 [&](const action &a) { return a.name == name; });
    return it != actions_.end() ? &*it : nullptr;
}

device::failed_list device::failed_children() const {
    failed_list all;
    {
        const std::scoped_lock lock(mutex_);
        for (const auto &[name, why] : failed_children_) {
            all.emplace_back(path_ + "/" + name, why);
        }
    }
    for (const ref<device> &c : children()) {
        const auto below = c->failed_children();
        all.insert(all.end(), below.begin(), below.end());
    }
    return all;
}

outcome device::check_can(const capability &wanted) const {
    if (!can(wanted.name, 1)) {
        return fail({.code = ALD_E_UNSUPPORTED, .domain = "device", .where = path_},
                    "'{}' is not {}{}", path_, wanted.said, parts_that_can(wanted));
    }
    return {};
}

// Names the parts that have a capability which the device has not: "; its axes are stage/x".
std::string device::parts_that_can(const capability &wanted) const {
    std::vector<ref<device>> nodes;
    collect_nodes(nodes);
    std::erase_if(nodes, [&](const ref<device> &d) { return !d->can(wanted.name, 1); });
    std::string words;
    for (const ref<device> &d : nodes) {
        words += (words.empty() ? fmt::format("; its {} are ", wanted.parts) : ", ") + d->path_;
    }
    return words;
}

bool device::is_known() const {
    const std::scoped_lock lock(root_->engine_->mutex);
    return root_->engine_->was_open;
}

void device::collect_nodes(std::vector<ref<device>> &nodes) const {
    nodes.push_back(ref<device>::share(const_cast<device *>(this)));
    for (const ref<device> &c : children()) {
        c->collect_nodes(nodes);
    }
}

std::size_t device::property_count() const {
    const std::scoped_lock lock(mutex_);
    return properties_.size();
}

result<const schema *> device::property_at(std::size_t index) const {
    const std::scoped_lock lock(mutex_);
    if (index >= properties_.size()) {
        return fail({.code = ALD_E_RANGE, .domain = "device", .where = path_},
                    "'{}' has {} properties; there is no number {}", path_, properties_.size(),
                    index);
    }
    return &properties_[index]->rule;
}

result<std::size_t> device::find_property(std::string_view name) const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < properties_.size(); ++i) {
        if (properties_[i]->rule.name == name) {
            return i;
        }
        names.push_back(properties_[i]->rule.name);
    }
    return fail({.code = ALD_E_NOT_FOUND, .domain = "device", .where = path_},
                "'{}' has no property '{}'{}; it has {}", path_, name, did_you_mean(name, names),
                names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
}

device::property *device::property_named(std::string_view name) const noexcept {
    for (const auto &p : properties_) {
        if (p->rule.name == name) {
            return p.get();
        }
    }
    return nullptr;
}

const char *device::unit_of(std::string_view name) const noexcept {
    const std::scoped_lock lock(mutex_);
    const property *p = property_named(name);
    return p == nullptr ? "" : p->rule.unit.empty() ? "1" : p->rule.unit.c_str();
}

std::pair<double, double> device::limits_of(std::string_view name) const {
    const std::scoped_lock lock(mutex_);
    const property *p = property_named(name);
    constexpr double infinity = std::numeric_limits<double>::infinity();
    return std::pair(p == nullptr || std::isnan(p->rule.min) ? -infinity : p->rule.min,
                     p == nullptr || std::isnan(p->rule.max) ? infinity : p->rule.max);
}

double device::step_of(std::string_view name) const {
    const std::scoped_lock lock(mutex_);
    const property *p = property_named(name);
    return p != nullptr && p->rule.step > 0 ? p->rule.step : 0;
}

void device::close() noexcept {
    if (parent_ != nullptr) {
        return;
    }
    const bool cannot_wait = inside_driver::now(engine_->requests);
    {
        std::unique_lock lock(engine_->mutex);
        if (std::exchange(engine_->closing, true)) {
            if (!cannot_wait) {
                engine_->closed_changed.wait(
                    lock, [this] { return engine_->closed || !engine_->closing; });
            }
            return;
        }
    }
    if (!cannot_wait) {
        close_now();
        return;
    }
    bool handed = false;
    try {
        handed = runtime::instance()
                     .workers()
                     .submit([this, keep = keep_alive()] { close_now(); })
                     .has_value();
    } catch (...) { // no memory for a task
    }
    if (!handed) { // what is closed again later is closed then
        log::write(ALD_LOG_ERROR, "device", "there is neither thread nor memory to close a device");
        const std::scoped_lock lock(engine_->mutex);
        engine_->closing = false;
        engine_->closed_changed.notify_all();
    }
}

void device::close_now() noexcept {
    const std::int64_t deadline = mono_ns() + close_timeout_ns;
    // Want of memory may pass: what has been done already is not done again.
    for (bool done = false; !done && mono_ns() < deadline;) {
        try {
            end_driver(deadline);
            done = true;
        } catch (...) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }
    engine &e = *engine_;
    if (e.driver_instance) {
        log_fault(*this, "did not end in time; it is left behind");
        leave_behind(std::move(e.driver_instance), *this);
    }
    events_.close();
    const std::scoped_lock lock(e.mutex);
    e.closed = true;
    e.closed_changed.notify_all();
}

void device::end_driver(std::int64_t deadline) {
    engine &e = *engine_;
    end_facets(ALD_E_CLOSED); // a driver must not wait for streams any more
    e.requests.give_up_lost();
    e.requests.end_all(request::reason::closed);
    for (const ref<request> &r :
         e.requests.all()) { // an axis that cannot be stopped ends its motion
        deadline = std::max(deadline, r->takes_until());
    }
    bool ended = e.requests.wait_idle(deadline);
    ald_device_state before{};
    {
        const std::scoped_lock lock(e.mutex);
        before = e.state;
    }
    if (before == ALD_DEVICE_OPEN || before == ALD_DEVICE_OPENING) {
        const auto leave =
            make<request>(*this, request::order{.verb = ALD_VERB_CLOSE, .deadline = deadline});
        (void)hand_over(*leave, false);
        ended = leave->wait_completed(deadline) && ended;
        set_state(ALD_DEVICE_CLOSED);
        tell_state(ALD_EVENT_DEVICE_CLOSED, path_);
    }
    if (before == ALD_DEVICE_DISCONNECTED) {
        for (const ref<device> &axis : owed_stops()) {
            log::write(ALD_LOG_WARNING, "device",
                       axis->path_ + " was moving when its line was lost, and nobody has stopped "
                                     "it since");
        }
    }
    set_state(ALD_DEVICE_CLOSED);
    ended = e.requests.stop(deadline) && ended;
    std::set<timer::id> timers;
    {
        const std::scoped_lock lock(e.mutex);
        e.timers_ended = true;
        timers.swap(e.timers);
    }
    for (const timer::id t : timers) {
        runtime::instance().timers().unschedule(t, true);
    }
    if (ended) {
        e.driver_instance.reset();
        e.requests.forget_given_up();
    }
}

// Ends the facets of this node and of those below it.
void device::end_facets(ald_status why) noexcept {
    facets_.for_each([why](facet &f) { f.ended(why); });
    for (std::size_t i = 0;; ++i) { // without a copy of the list: that needs memory
        device *child = nullptr;
        {
            const std::scoped_lock lock(mutex_);
            child = i < children_.size() ? children_[i].get() : nullptr;
        }
        if (child == nullptr) {
            return;
        }
        child->end_facets(why); // children stay as long as we do
    }
}

void device::set_state(ald_device_state s) {
    const std::scoped_lock lock(engine_->mutex);
    engine_->state = s;
}

} // namespace alidade
