#include "device/lab.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <thread>

namespace alidade {

namespace {

// An operation that is done when several others have ended, whichever way.
class gathering {
public:
    using absorb =
        std::function<void(map &into, const std::string &name, const result<value> &how)>;

    // Makes the result of the whole from all that was gathered.
    using conclude = std::function<result<value>(map gathered)>;

    gathering(std::size_t parts, absorb take, conclude end)
        : whole_(make<op>()), left_(parts + 1), parts_(parts), take_(std::move(take)),
          conclude_(std::move(end)) {}

    [[nodiscard]] const ref<op> &whole() const noexcept { return whole_; }

    void add_part(const ref<op> &part) {
        {
            const std::scoped_lock lock(mutex_);
            running_.push_back(part);
        }
        if (whole_->cancel_asked()) {
            part->cancel();
        }
    }
    void cancel() {
        std::vector<ref<op>> running;
        {
            const std::scoped_lock lock(mutex_);
            running = running_;
        }
        for (const ref<op> &part : running) {
            part->cancel();
        }
    }
    void ended(const std::string &name, const result<value> &how) {
        try {
            {
                const std::scoped_lock lock(mutex_);
                take_(gathered_, name, how);
            }
            (void)whole_->advance(
                {static_cast<double>(++done_), static_cast<double>(parts_), "1", name});
        } catch (...) {
            whole_->finish(failure(out_of_memory()));
        }
        part_ended();
    }
    // The whole counts as one part, so that it cannot end before all are on their way.
    void all_started() { part_ended(); }

private:
    // Runs at the ends of others, where nothing may be thrown.
    void part_ended() noexcept {
        if (left_.fetch_sub(1) != 1) {
            return;
        }
        try {
            whole_->finish(outcome_of_all());
        } catch (...) {
            whole_->finish(failure(out_of_memory()));
        }
    }
    [[nodiscard]] result<value> outcome_of_all() {
        if (whole_->cancel_asked()) {
            return fail(ALD_E_CANCELLED, "device", "cancelled; what was reached stays open");
        }
        map gathered;
        {
            const std::scoped_lock lock(mutex_);
            gathered.swap(gathered_);
        }
        return conclude_(std::move(gathered));
    }

    ref<op> whole_;
    std::atomic<std::size_t> left_;
    std::atomic<std::size_t> done_{0};
    std::size_t parts_;
    absorb take_;
    conclude conclude_;
    std::mutex mutex_;
    map gathered_;
    std::vector<ref<op>> running_;
};

// Starts something on each device and gathers what comes of it.
ref<op> for_each(
    const std::vector<ref<device>> &devices, gathering::absorb take,
    const std::function<result<ref<op>>(device &)> &start,
    gathering::conclude end = [](auto gathered) { return value(std::move(gathered)); }) {
    const auto all = std::make_shared<gathering>(devices.size(), std::move(take), std::move(end));
    // Its parts keep it alive; its own operation must not.
    all->whole()->set_control([seen = std::weak_ptr(all)](op::ask what) {
        if (const auto alive = seen.lock(); alive && what == op::ask::cancel) {
            alive->cancel();
        }
    });
    all->whole()->begin();
    for (const ref<device> &d : devices) {
        auto part = start(*d);
        if (!part) {
            all->ended(d->path(), failure(part.error()));
            continue;
        }
        all->add_part(*part);
        (*part)->on_end([all, name = d->path()](const op &o) { all->ended(name, o.result_of()); });
    }
    all->all_started();
    return all->whole();
}

// The axes that an emergency stop could not stop. What else failed is the cause.
outcome goes_on(const std::vector<std::string> &axes, const outcome &first) {
    error_detail detail{.code = ALD_E_UNSUPPORTED, .domain = "lab", .where = axes.front()};
    detail.message = fmt::format("these axes cannot be stopped and move on to their goals: {}; all "
                                 "others were told to stop{}",
                                 fmt::join(axes, ", "),
                                 first ? "" : ", but: " + first.error()->detail().message);
    return failure(
        make<const error>(std::move(detail), first ? ref<const error>() : first.error()));
}

} // namespace

outcome check_device_name(std::string_view name) {
    const bool good = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '.';
    });
    if (!good || name.size() > 64) {
        return fail(
            ALD_E_INVALID, "device",
            "'{}' is no name of a device; expected 1 to 64 letters, digits, '_', '-' and '.'",
            name);
    }
    return {};
}

outcome lab::check_open() const {
    if (closed_) {
        return fail(ALD_E_CLOSED, "lab", "the lab '{}' is closed; make it anew", name_);
    }
    return {};
}

outcome lab::check_still_open() const {
    const std::scoped_lock lock(mutex_);
    return check_open();
}

result<ref<device>> lab::add(const std::string &name, std::string_view driver,
                             const value &options) {
    if (auto named = check_device_name(name); !named) {
        return failure(std::move(named.error()));
    }
    const auto kind = drivers::find(driver);
    if (!kind) {
        return failure(kind.error());
    }
    auto made = device::create(*this, name, **kind, options);
    if (!made) {
        return made;
    }
    if (auto taken = take(*made); !taken) {
        (*made)->close(); // its driver may have begun something
        return failure(std::move(taken.error()));
    }
    return made;
}

outcome lab::take(const ref<device> &made) {
    const std::scoped_lock lock(mutex_);
    if (auto open = check_open(); !open) {
        return open;
    }
    for (const ref<device> &d : devices_) {
        if (d->path() == made->path()) {
            return fail(ALD_E_EXISTS, "lab", "there is a device '{}' already; choose another name",
                        made->path());
        }
    }
    devices_.push_back(made);
    return {};
}

result<ref<bench_object>> lab::bench() {
    const std::scoped_lock lock(mutex_);
    if (!bench_) {
        auto made = optical_bench::make("", value(), mono_ns());
        if (!made) {
            return failure(std::move(made.error()));
        }
        bench_ = make<bench_object>(std::move(*made));
    }
    return bench_;
}

std::vector<ref<device>> lab::devices() const {
    const std::scoped_lock lock(mutex_);
    return devices_;
}

result<ref<device>> lab::find(std::string_view path) const {
    const std::string_view first = path.substr(0, path.find('/'));
    const auto hint = [&] {
        std::vector<ref<device>> nodes;
        for (const ref<device> &d : devices()) {
            d->collect_nodes(nodes);
        }
        std::vector<std::string> paths;
        paths.reserve(nodes.size());
        for (const ref<device> &d : nodes) {
            paths.push_back(d->path());
        }
        return did_you_mean(path, paths);
    };
    for (const ref<device> &d : devices()) {
        if (d->path() == first) {
            return first.size() == path.size() ? d
                                               : d->find_below(path.substr(first.size() + 1), hint);
        }
    }
    return fail(ALD_E_NOT_FOUND, "lab", "the lab '{}' has no device '{}'{}", name_, first, hint());
}

result<ref<device>> lab::find_so_far(std::string_view path) const {
    auto root = find(path.substr(0, path.find('/')));
    if (!root) {
        return root;
    }
    auto found = find(path);
    return found || (*root)->is_known() ? found : result<ref<device>>(nullptr);
}

result<ref<op>> lab::start_open(std::int64_t timeout_ns) {
    if (auto open = check_still_open(); !open) {
        return failure(std::move(open.error()));
    }
    ++opening_;
    const std::shared_ptr<void> mark(nullptr, [this](void *) { --opening_; });
    return for_each(
        devices(),
        [keep = ref<lab>::share(this)](map &into, const std::string &name,
                                       const result<value> &how) {
            const auto entry = [](const error &why) {
                return map{{"status", status_name(why.code())}, {"message", why.detail().message}};
            };
            into.emplace_back(name, how ? value() : value(entry(*how.error())));
            const auto opened = keep->find(name);
            for (const auto &[path, why] :
                 how &&opened ? (*opened)->failed_children() : device::failed_list()) {
                into.emplace_back(path, entry(*why));
            }
        },
        [timeout_ns](device &d) { return d.start_open(timeout_ns); },
        [self = ref<lab>::share(this), mark](map gathered) {
            return self->opened(std::move(gathered));
        });
}

result<ref<op>> lab::start_snapshot(std::int64_t timeout_ns) {
    if (auto open = check_still_open(); !open) {
        return failure(std::move(open.error()));
    }
    auto open = devices();
    std::erase_if(open, [](const ref<device> &d) { return d->state() != ALD_DEVICE_OPEN; });
    return for_each(
        open,
        [](map &into, const std::string &name, const result<value> &how) {
            if (how) {
                const map &entries = *how->as_map();
                into.insert(into.end(), entries.begin(), entries.end());
            } else {
                into.emplace_back(name, map{{"error", how.error()->detail().message}});
            }
        },
        [timeout_ns](device &d) { return d.start_snapshot(timeout_ns); });
}

outcome lab::emergency_stop() {
    // Before the stops go out: what comes after them must not start anything.
    const bool fresh = latch_.latch();
    auto open = devices();
    std::erase_if(open, [](const ref<device> &d) { return d->state() != ALD_DEVICE_OPEN; });
    outcome first;
    std::vector<std::string> unstoppable;
    for (const ref<device> &d : open) {
        if (auto stopped = d->stop_all(unstoppable); !stopped && first) {
            first = std::move(stopped);
        }
    }
    for (const ref<device> &d : open) {
        d->end_started();
    }
    if (fresh) {
        tell(ALD_EVENT_STOP_LATCHED);
    }
    return unstoppable.empty() ? first : goes_on(unstoppable, first);
}

void lab::reset_stop() {
    if (latch_.reset()) {
        tell(ALD_EVENT_STOP_RESET);
    }
}

void lab::tell(std::int32_t kind) noexcept try {
    event e(kind);
    e.payload = make<value_object>(name_);
    e.record.value_type = ALD_TYPE_STRING;
    events_.tell(e);
} catch (...) {
    log::write(ALD_LOG_ERROR, "lab", "an event was lost for want of memory");
}

void lab::close() noexcept {
    {
        const std::scoped_lock lock(mutex_);
        closed_ = true;
    }
    // One after the other: each device's close is bounded, and most have nothing to wait for.
    for (std::size_t i = 0;; ++i) {
        device *next = nullptr;
        {
            const std::scoped_lock lock(mutex_);
            if (i == devices_.size()) {
                break;
            }
            next = devices_[i].get();
        }
        next->close();
    }
    events_.close();
}

} // namespace alidade
