#include "fake_host.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <limits>
#include <stdexcept>

namespace fake {

namespace {

constexpr std::int64_t timeout_ns = 20'000'000'000;

std::mutex clock_mutex;
bool manual = false;
std::int64_t manual_now = 0;

std::mutex log_mutex;
std::vector<std::string> log_lines;

std::int64_t now_ns() {
    {
        const std::scoped_lock lock(clock_mutex);
        if (manual) {
            return manual_now;
        }
    }
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

bool is_manual() {
    const std::scoped_lock lock(clock_mutex);
    return manual;
}

// A manual clock goes there; the real one is waited for.
std::chrono::steady_clock::time_point real_time(std::int64_t t_mono_ns) {
    return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(t_mono_ns));
}

void move_manual_clock_to(std::int64_t t_mono_ns) {
    const std::scoped_lock lock(clock_mutex);
    manual_now = std::max(manual_now, t_mono_ns);
}

node &node_of(ald_node *n) { return *reinterpret_cast<node *>(n); }
request &request_of(const ald_request *r) {
    return *reinterpret_cast<request *>(const_cast<ald_request *>(r));
}

bool good_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "_-.") == std::string_view::npos;
}

std::string or_empty(const char *text) { return text != nullptr ? text : ""; }

std::vector<std::string> texts_of(const ald_value *choices) {
    std::vector<std::string> texts;
    const datum all = choices != nullptr ? behind(choices) : datum(datum_list());
    for (const datum &choice : all.list()) {
        if (choice.type() == ALD_TYPE_STRING) {
            texts.push_back(choice.text());
        }
    }
    return texts;
}

std::string to_text(double x) { return std::to_string(x); }

} // namespace

// The functions behind the table; a friend of what they work on.
struct table_functions {
    static ald_status refuse(ald_error **err, ald_status status, const std::string &message) {
        if (err != nullptr) {
            *err = give(failure{status, "device", 0, message});
        }
        return status;
    }

    // Notes that something is added. False if it may not be.
    static bool note(node &n, const std::string &kind, const std::string &name) {
        device &d = *n.owner;
        const std::scoped_lock lock(d.mutex_);
        if (!d.may_add()) {
            d.problem(kind + " '" + name + "' of '" + n.path +
                      "' added neither in create nor open");
            return false;
        }
        if (++d.added_[n.path + "\n" + kind + "\n" + name] > 1) {
            d.problem(kind + " '" + name + "' of '" + n.path + "' added twice");
            return false;
        }
        return true;
    }

    static ald_status add_child(ald_node *parent, const char *name, void *user_data,
                                ald_node **child, ald_error **err) {
        node &n = node_of(parent);
        *child = nullptr;
        if (!good_name(or_empty(name)) || !note(n, "child", or_empty(name))) {
            return refuse(err, ALD_E_INVALID, "no good name for a child: " + or_empty(name));
        }
        device &d = *n.owner;
        const std::scoped_lock lock(d.mutex_);
        const std::string path = n.path.empty() ? name : n.path + "/" + name;
        std::unique_ptr<node> &place = d.nodes_[path];
        if (!place) {
            place = std::make_unique<node>();
            place->owner = &d;
            place->path = path;
            n.children.emplace_back(name);
        }
        place->data = user_data;
        *child = reinterpret_cast<ald_node *>(place.get());
        return ALD_OK;
    }

    static ald_status add_property(ald_node *where, const ald_schema *s, ald_error **err) {
        node &n = node_of(where);
        const property p{or_empty(s->name),
                         s->type,
                         or_empty(s->unit),
                         or_empty(s->doc),
                         s->min,
                         s->max,
                         s->flags,
                         texts_of(s->choices)};
        if (s->struct_size < sizeof(ald_schema) || p.name.empty() || p.doc.empty() ||
            !valid_utf8(p.doc) || (s->min > s->max) || !note(n, "property", p.name)) {
            return refuse(err, ALD_E_INVALID, "no good property: " + p.name);
        }
        const std::scoped_lock lock(n.owner->mutex_);
        const auto known = std::find_if(n.properties.begin(), n.properties.end(),
                                        [&](const property &k) { return k.name == p.name; });
        if (known != n.properties.end()) {
            *known = p;
        } else {
            n.properties.push_back(p);
        }
        return ALD_OK;
    }

    static ald_status add_action(ald_node *where, const char *name, const char *doc,
                                 std::uint64_t flags, ald_error **err) {
        node &n = node_of(where);
        if ((flags & ~std::uint64_t{ALD_ACTION_STARTS | ALD_ACTION_MOVES}) != 0) {
            return refuse(err, ALD_E_INVALID, "unknown flags of an action");
        }
        if (note(n, "action", or_empty(name)) && doc != nullptr) {
            const std::scoped_lock lock(n.owner->mutex_);
            n.actions.emplace_back(name);
            n.action_flags[name] = flags;
        }
        return ALD_OK;
    }

    static ald_status add_capability(ald_node *where, const char *name, std::int32_t version,
                                     ald_error **err) {
        node &n = node_of(where);
        if (!note(n, "capability", or_empty(name))) {
            return refuse(err, ALD_E_INVALID, "no good capability");
        }
        const std::scoped_lock lock(n.owner->mutex_);
        const std::string capability = name;
        const std::string needed = capability == "readable"  ? "value"
                                   : capability == "movable" ? "position"
                                                             : "";
        const property *p = n.find(needed);
        if (!needed.empty() && (p == nullptr || p->type != ALD_TYPE_DOUBLE)) {
            return refuse(err, ALD_E_INVALID, "'" + n.path + "' cannot be " + capability);
        }
        n.capabilities[capability] = version;
        return ALD_OK;
    }

    static ald_status set_identity(ald_node *where, const char *vendor, const char *model,
                                   const char *serial_number, const char *firmware, ald_error **) {
        device &d = *node_of(where).owner;
        const std::scoped_lock lock(d.mutex_);
        if (!d.may_add()) {
            d.problem("identity set neither in create nor open");
        }
        d.identity_ = {or_empty(vendor), or_empty(model), or_empty(serial_number),
                       or_empty(firmware)};
        return ALD_OK;
    }

    static void describe(const ald_request *asked, ald_request_info *info) {
        const request &r = request_of(asked);
        const std::uint32_t size = info->struct_size;
        if (size < sizeof(ald_request_info)) {
            const std::scoped_lock lock(r.owner->mutex_);
            r.owner->problem("describe without struct_size");
            return;
        }
        *info = {};
        info->struct_size = size;
        info->verb = r.verb;
        info->node = reinterpret_cast<ald_node *>(const_cast<node *>(r.target));
        info->node_data = r.target->path.empty() ? r.owner->instance_ : r.target->data;
        info->name = r.name.c_str();
        info->property = r.place;
        info->value = r.lent;
        const double *x = std::get_if<double>(&r.argument.content);
        info->number = x != nullptr ? *x : std::numeric_limits<double>::quiet_NaN();
        info->deadline_mono_ns = r.deadline;
    }

    static std::int32_t is_cancelled(const ald_request *asked) {
        const request &r = request_of(asked);
        const std::scoped_lock lock(r.owner->mutex_);
        return r.cancelled ? 1 : 0;
    }

    static std::int32_t sleep_until(const ald_request *asked, std::int64_t t_mono_ns) {
        const request &r = request_of(asked);
        if (is_manual()) {
            move_manual_clock_to(t_mono_ns);
            return is_cancelled(asked);
        }
        std::unique_lock lock(r.owner->mutex_);
        const bool ended =
            r.owner->changed_.wait_until(lock, real_time(t_mono_ns), [&] { return r.cancelled; });
        return ended ? 1 : 0;
    }

    static void accept(ald_request *asked) {
        request &r = request_of(asked);
        {
            const std::scoped_lock lock(r.owner->mutex_);
            r.accepted = true;
        }
        r.owner->on_accept();
    }

    static void report(ald_request *asked, double done, double total, const char *unit,
                       const char *phase) {
        request &r = request_of(asked);
        const std::scoped_lock lock(r.owner->mutex_);
        if (r.completed) {
            r.owner->problem("progress of a completed request");
        }
        r.steps.push_back({done, total, or_empty(unit), or_empty(phase)});
    }

    static void complete(ald_request *asked, ald_status status, const ald_value *value,
                         const ald_error *error) {
        request &r = request_of(asked);
        reply how;
        how.status = status;
        how.value = behind(value);
        how.why = behind(error);
        if (status != ALD_OK && error != nullptr && how.why.code != status) {
            const std::scoped_lock lock(r.owner->mutex_);
            r.owner->problem("status and error differ for '" + r.name + "'");
        }
        r.owner->complete(r, std::move(how));
    }

    static void complete_reading(ald_request *asked, const ald_reading *reading) {
        request &r = request_of(asked);
        reply how;
        how.value = reading->value;
        how.has_times = true;
        how.reading = *reading;
        if (reading->struct_size < sizeof(ald_reading) || reading->uncertainty_ns < 0 ||
            reading->t_mono_ns > now_ns()) {
            const std::scoped_lock lock(r.owner->mutex_);
            r.owner->problem("a reading of '" + r.name + "' with bad size or times");
        }
        r.owner->complete(r, std::move(how));
    }

    static void publish(ald_node *where, std::int64_t place, const ald_value *value) {
        node &n = node_of(where);
        device &d = *n.owner;
        const std::scoped_lock lock(d.mutex_);
        if (place < 0 || static_cast<std::size_t>(place) >= n.properties.size()) {
            d.problem("'" + n.path + "' published a property that it does not have");
            return;
        }
        if (!d.open_ && !d.adding_) {
            d.problem("'" + n.path + "' published though it is closed");
        }
        const property &p = n.properties[static_cast<std::size_t>(place)];
        const datum what = behind(value);
        d.check_value(n, p, what);
        d.publications_.push_back({n.path, p.name, what});
        d.changed_.notify_all();
    }

    static void disconnected(ald_node *where, const char *) {
        device &d = *node_of(where).owner;
        const std::scoped_lock lock(d.mutex_);
        d.disconnected_ = true;
    }

    static ald_status schedule(ald_node *where, std::int64_t t_mono_ns, void (*fn)(void *),
                               void *user_data, std::uint64_t *timer, ald_error **) {
        static std::uint64_t last = 0;
        device &d = *node_of(where).owner;
        const std::scoped_lock lock(d.mutex_);
        *timer = ++last;
        d.timers_.push_back({last, t_mono_ns, fn, user_data});
        d.changed_.notify_all();
        return ALD_OK;
    }

    static std::int32_t unschedule(ald_node *where, std::uint64_t timer) {
        device &d = *node_of(where).owner;
        const std::scoped_lock lock(d.mutex_);
        return std::erase_if(d.timers_, [&](const auto &t) { return t.id == timer; }) != 0 ? 1 : 0;
    }

    static void log(ald_log_level level, const char *domain, const char *message) {
        static constexpr const char *names[] = {"trace", "debug", "info", "warning", "error"};
        const std::scoped_lock lock(log_mutex);
        log_lines.push_back(std::string(names[level]) + " " + or_empty(domain) + ": " +
                            or_empty(message));
    }

    static ald_host make() {
        ald_host table{};
        table.struct_size = sizeof(table);
        table.abi = ALD_DRIVER_ABI;
        table.add_child = add_child;
        table.add_property = add_property;
        table.add_action = add_action;
        table.add_capability = add_capability;
        table.set_identity = set_identity;
        table.set_timeouts = [](ald_node *, std::int64_t, std::int64_t, ald_error **) {
            return ald_status{ALD_OK};
        };
        table.describe = describe;
        table.is_cancelled = is_cancelled;
        table.sleep_until = sleep_until;
        table.accept = accept;
        table.progress = report;
        table.complete = complete;
        table.complete_reading = complete_reading;
        table.publish = publish;
        table.disconnected = disconnected;
        table.schedule = schedule;
        table.unschedule = unschedule;
        table.mono_ns = now_ns;
        table.log = log;
        fill_value_functions(table);
        return table;
    }
};

const ald_host &host() {
    static const ald_host table = table_functions::make();
    return table;
}

void use_real_clock() {
    const std::scoped_lock lock(clock_mutex);
    manual = false;
}

void use_manual_clock(std::int64_t t_mono_ns) {
    const std::scoped_lock lock(clock_mutex);
    manual = true;
    manual_now = t_mono_ns;
}

void move_clock(std::int64_t by_ns) {
    const std::scoped_lock lock(clock_mutex);
    manual_now += by_ns;
}

std::vector<std::string> take_log() {
    const std::scoped_lock lock(log_mutex);
    return std::exchange(log_lines, {});
}

const property *node::find(std::string_view name) const {
    const auto it = std::find_if(properties.begin(), properties.end(),
                                 [&](const property &p) { return p.name == name; });
    return it != properties.end() ? &*it : nullptr;
}

device::device(const ald_driver &driver, const datum_map &options) : driver_(driver) {
    datum_map complete = options;
    const auto *record = reinterpret_cast<const char *>(driver.options);
    for (std::int64_t i = 0; i < driver.option_count; ++i, record += driver.option_stride) {
        const auto &s = *reinterpret_cast<const ald_schema *>(record);
        if (datum(complete).find(s.name) == nullptr && s.initial != nullptr) {
            complete.emplace_back(s.name, behind(s.initial));
        }
    }
    nodes_[""] = std::make_unique<node>();
    nodes_[""]->owner = this;
    ald_value *lent = give(datum(std::move(complete)));
    ald_error *why = nullptr;
    adding_ = true;
    made_.status =
        driver_.create(reinterpret_cast<ald_node *>(nodes_[""].get()), lent, &instance_, &why);
    adding_ = false;
    made_.why = behind(why);
    host().error_unref(why);
    host().value_unref(lent);
}

device::~device() {
    if (open_) {
        close();
    }
    if (made_.status == ALD_OK) {
        driver_.destroy(instance_);
    }
}

reply device::open() {
    {
        const std::scoped_lock lock(mutex_);
        adding_ = true;
        added_.clear();
    }
    const reply answer = wait(*start(ALD_VERB_OPEN, "", ""));
    const std::scoped_lock lock(mutex_);
    adding_ = false;
    open_ = answer.status == ALD_OK;
    return answer;
}

reply device::close() {
    const reply answer = wait(*start(ALD_VERB_CLOSE, "", ""));
    const std::scoped_lock lock(mutex_);
    open_ = false;
    return answer;
}

reply device::get(const std::string &path, const std::string &property) {
    return wait(*start(ALD_VERB_GET, path, property));
}

reply device::set(const std::string &path, const std::string &property, datum value) {
    return wait(*start(ALD_VERB_SET, path, property, std::move(value)));
}

reply device::act(const std::string &path, const std::string &action, datum arguments) {
    return wait(*start(ALD_VERB_ACT, path, action, std::move(arguments)));
}

std::shared_ptr<request> device::start(ald_verb verb, const std::string &path,
                                       const std::string &name, datum argument) {
    auto r = std::make_shared<request>();
    {
        const std::scoped_lock lock(mutex_);
        const auto target = nodes_.find(path);
        if (target == nodes_.end()) {
            throw std::invalid_argument("no child " + path);
        }
        r->owner = this;
        r->target = target->second.get();
        r->verb = verb;
        r->name = name;
        if (verb == ALD_VERB_GET || verb == ALD_VERB_SET) {
            const property *p = r->target->find(name);
            if (p == nullptr) {
                throw std::invalid_argument("no property " + path + ":" + name);
            }
            r->place = p - r->target->properties.data();
        }
        r->argument = std::move(argument);
        if (r->argument.type() != ALD_TYPE_NULL) {
            r->lent = give(r->argument);
        }
        requests_.push_back(r);
    }
    driver_.submit(instance_, reinterpret_cast<ald_request *>(r.get()));
    return r;
}

reply device::wait(request &r) {
    const std::int64_t give_up = now_ns() + timeout_ns;
    for (;;) {
        std::int64_t next = give_up;
        {
            std::unique_lock lock(mutex_);
            for (const timer &t : timers_) {
                next = std::min(next, t.t_mono_ns);
            }
            if (r.completed) {
                return r.answer;
            }
            if (!is_manual()) {
                const std::size_t armed = timers_.size();
                changed_.wait_until(lock, real_time(next),
                                    [&] { return r.completed || timers_.size() > armed; });
            } else if (next == give_up) { // a thread of the driver may still complete it
                if (!changed_.wait_for(lock, std::chrono::nanoseconds(timeout_ns),
                                       [&] { return r.completed || !timers_.empty(); })) {
                    problem("'" + r.name + "' was never completed");
                    return {ALD_E_TIMEOUT, {}, {}, false, {}};
                }
                continue;
            }
            if (!is_manual() && !r.completed && now_ns() >= give_up) {
                problem("'" + r.name + "' was never completed");
                return {ALD_E_TIMEOUT, {}, {}, false, {}};
            }
        }
        if (is_manual()) {
            move_manual_clock_to(next);
        }
        run_timers();
    }
}

void device::cancel(request &r) {
    {
        const std::scoped_lock lock(mutex_);
        if (r.completed) {
            return;
        }
        r.cancelled = true;
        changed_.notify_all();
    }
    if (driver_.cancel != nullptr) {
        driver_.cancel(instance_, reinterpret_cast<ald_request *>(&r));
    }
}

void device::run_timers() {
    const std::int64_t up_to = now_ns();
    while (run_next_timer(up_to)) {
    }
}

bool device::run_next_timer(std::int64_t up_to) {
    timer due{};
    {
        const std::scoped_lock lock(mutex_);
        const auto first =
            std::min_element(timers_.begin(), timers_.end(), [](const timer &a, const timer &b) {
                return a.t_mono_ns < b.t_mono_ns;
            });
        if (first == timers_.end() || first->t_mono_ns > up_to) {
            return false;
        }
        due = *first;
        timers_.erase(first);
    }
    due.fn(due.user_data);
    return true;
}

const node *device::find(const std::string &path) const {
    const std::scoped_lock lock(mutex_);
    const auto it = nodes_.find(path);
    return it != nodes_.end() ? it->second.get() : nullptr;
}

std::vector<std::string> device::paths() const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::string> all;
    for (const auto &[path, n] : nodes_) {
        all.push_back(path);
    }
    return all;
}

identity device::who() const {
    const std::scoped_lock lock(mutex_);
    return identity_;
}

bool device::is_disconnected() const {
    const std::scoped_lock lock(mutex_);
    return disconnected_;
}

std::vector<publication> device::take_publications() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(publications_, {});
}

bool device::wait_publications(std::size_t count, std::int64_t timeout_ns) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::nanoseconds(timeout_ns),
                             [&] { return publications_.size() >= count; });
}

std::vector<std::string> device::problems() const {
    const std::scoped_lock lock(mutex_);
    return problems_;
}

void device::problem(std::string text) { problems_.push_back(std::move(text)); }

void device::check_value(const node &where, const property &p, const datum &value) {
    const std::string what = "'" + where.path + ":" + p.name + "'";
    if (p.type != ALD_TYPE_ANY && value.type() != p.type) {
        problem(what + " has a value of another type than its schema says");
        return;
    }
    double x = 0;
    if (const auto *real = std::get_if<double>(&value.content)) {
        x = *real;
        if (std::isnan(x)) {
            problem(what + " is NaN");
        }
    } else if (const auto *integer = std::get_if<std::int64_t>(&value.content)) {
        x = static_cast<double>(*integer);
    } else {
        return;
    }
    if (x < p.min || x > p.max) {
        problem(what + " is outside its limits: " + to_text(x));
    }
}

void device::complete(request &r, reply how) {
    const std::scoped_lock lock(mutex_);
    if (r.completed) {
        problem("'" + r.name + "' of '" + r.target->path + "' completed twice");
        return;
    }
    if (how.status > 0) {
        problem("completed with a status above 0");
    }
    if (how.status == ALD_OK && r.place >= 0) {
        check_value(*r.target, r.target->properties[static_cast<std::size_t>(r.place)], how.value);
    }
    r.completed = true;
    r.answer = std::move(how);
    host().value_unref(std::exchange(r.lent, nullptr));
    changed_.notify_all();
}

} // namespace fake
