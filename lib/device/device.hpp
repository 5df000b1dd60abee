// Devices: the tree of an instrument and its parts, with their properties, caches and motions.
#pragma once

#include "device/facet.hpp"
#include "device/request_queue.hpp"
#include "device/safe_step.hpp"
#include "device/stop_latch.hpp"
#include "device/subscriptions.hpp"

#include <map>
#include <optional>
#include <set>

namespace alidade {

[[nodiscard]] const char *state_name(ald_device_state s) noexcept;

// State that only the device at the root of a tree has: the driver, and the queue in front of it.
struct engine {
    explicit engine(const driver &d) : kind(d), requests(d.blocking()) {}

    const driver &kind;
    std::vector<std::shared_ptr<const void>> kept; // longer than the driver that uses it
    std::unique_ptr<instance> driver_instance;
    request_queue requests;
    std::mutex mutex;
    ald_device_state state = ALD_DEVICE_NEW;
    bool created = false; // the driver's `create` has returned
    ref<op> opening;
    std::string lost_line;            // found by whoever used it; the device is not told yet
    std::uint64_t opening_number = 0; // tells one opening of the device from the next
    std::int64_t query_timeout_ns = 5'000'000'000;
    std::int64_t motion_timeout_ns = 120'000'000'000;
    std::set<timer::id> timers; // waiting or running
    bool timers_ended = false;
    bool closing = false;
    bool closed = false;
    std::condition_variable closed_changed;
    bool was_open = false; // once at least: its children and properties are known
    // Steps to the safe state; none declared leaves it to the driver's action "safe".
    std::optional<std::vector<safe_step>> safe_steps;
    // Between attempts to open it again by itself; 0 for none.
    std::atomic<std::int64_t> reopen_ns{0};
    bool reopening = false; // an attempt is scheduled
    // A driver that blocks is named in the log once in a while.
    std::atomic<std::int64_t> named_again_ns{0};
    // Events held while it is being opened: they are told after device.opened.
    bool announcing = false;
    std::vector<std::pair<ref<device>, event>> held;
};

class device final : public object {
public:
    struct property {
        schema rule;
        bool known = false;
        value last{};
        std::int64_t t_mono_ns = 0;
    };
    struct action {
        std::string name;
        std::string doc;
        bool moves;  // the axis, as `home` does
        bool starts; // a motion or an exposure
    };
    struct cached {
        value last;
        std::int64_t age_ns;
    };
    using failed_list = std::vector<std::pair<std::string, ref<const error>>>;
    struct identity {
        std::string vendor, model, serial_number, firmware;
    };

    // The root of an instrument. Does no input or output.
    [[nodiscard]] static result<ref<device>> create(lab &owner, const std::string &name,
                                                    const driver &kind, const value &options);
    ~device() override;

    [[nodiscard]] const object *parent() const noexcept override;
    [[nodiscard]] ref<const object> keep_alive() const;
    void close() noexcept override;

    [[nodiscard]] const std::string &path() const noexcept { return path_; }
    [[nodiscard]] const std::string &driver_name() const { return root_->engine_->kind.name(); }
    [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
    [[nodiscard]] ald_device_state state() const;
    [[nodiscard]] value describe() const;

    // The tree.
    [[nodiscard]] std::vector<ref<device>> children() const;
    [[nodiscard]] result<ref<device>> child(std::string_view path) const;
    [[nodiscard]] result<ref<device>> find_below(std::string_view path,
                                                 const std::function<std::string()> &hint) const;
    [[nodiscard]] bool can(std::string_view capability, std::int32_t version) const;
    [[nodiscard]] outcome check_can(const capability &wanted) const;
    // Facet kept for a capability; NULL if it does not have that. Takes no lock.
    [[nodiscard]] facet *facet_of(const capability &of) const noexcept { return facets_.find(of); }
    [[nodiscard]] std::size_t property_count() const;
    // The record lives as long as the device.
    [[nodiscard]] result<const schema *> property_at(std::size_t index) const;
    [[nodiscard]] result<std::size_t> find_property(std::string_view name) const;

    // The root of the tree.
    [[nodiscard]] ref<device> whole() const { return ref<device>::share(root_); }
    // Tells whether it was open once, so that its children and properties are known.
    [[nodiscard]] bool is_known() const;
    [[nodiscard]] outcome check_open() const;
    // The value as the property would be given it, if it can be written.
    [[nodiscard]] result<value> check_set(std::string_view name, const value &v) const;
    [[nodiscard]] bool has_action(std::string_view name) const;
    // STATE where writing the property starts something and an emergency stop holds.
    [[nodiscard]] outcome check_may_set(std::string_view name) const;
    // The paths of those that could not be used when the device was opened, and why.
    [[nodiscard]] failed_list failed_children() const;
    // Tells whether carrying out an action is a motion.
    [[nodiscard]] bool moves(std::string_view action_name) const;
    [[nodiscard]] outcome check_action(std::string_view name) const;
    // Checks a step; lets pass what is not known before the device was open.
    [[nodiscard]] outcome check_safe_step(const safe_step &s) const;
    // Collects this node and all below it.
    void collect_nodes(std::vector<ref<device>> &nodes) const;

    // The end of a timeout of the C interface, ALD_WAIT_DEFAULT among them.
    [[nodiscard]] std::int64_t deadline_for(std::int64_t timeout_ns, bool motion) const;

    // Verbs. Timeouts are those of the C interface, ALD_WAIT_DEFAULT among them. `here` lets an
    // idle device work on the calling thread.
    [[nodiscard]] result<ref<op>> start_open(std::int64_t timeout_ns);
    [[nodiscard]] result<ref<op>> start_get(std::string_view name, std::int64_t timeout_ns,
                                            bool here);
    [[nodiscard]] result<ref<op>> start_set(std::string_view name, const value &v,
                                            std::int64_t timeout_ns, bool here);
    [[nodiscard]] result<ref<op>> start_action(std::string_view name, value arguments,
                                               std::int64_t timeout_ns);
    [[nodiscard]] result<ref<op>> start_snapshot(std::int64_t timeout_ns);
    [[nodiscard]] result<cached> get_cached(std::string_view name) const;

    [[nodiscard]] const char *unit_of(std::string_view property) const noexcept;
    // Limits of a property that it has; infinite where there is no limit.
    [[nodiscard]] std::pair<double, double> limits_of(std::string_view property) const;
    // Least change of a property that the instrument can make; 0 where that is not known.
    [[nodiscard]] double step_of(std::string_view property) const;

    // Motions: of whatever has a capability whose record says that something moves.
    [[nodiscard]] bool can_move() const;
    // There are axes that end a motion at its goal alone.
    [[nodiscard]] bool can_stop() const;
    // The action that ends a motion at once, where there is one; "" for what does not move.
    [[nodiscard]] std::string_view stop_action() const;
    // The motion under way; NULL for none.
    [[nodiscard]] ref<op> motion() const;
    [[nodiscard]] result<ref<op>> start_stop(std::int64_t timeout_ns);
    // Ends with the motion under way, at once if there is none. Cancelling it leaves that alone.
    [[nodiscard]] result<ref<op>> start_wait_settled(std::int64_t timeout_ns);
    // Triggered whenever it is told to stop.
    [[nodiscard]] attached_cancels &cancels_of_stop() noexcept { return cancels_; }

    // Stops whatever moves in this tree, without waiting.
    // Axes that cannot be stopped and are in motion are named instead.
    [[nodiscard]] outcome stop_all(std::vector<std::string> &unstoppable);
    // Ends what else was started below the root when an emergency stop holds, as cameras are
    // disarmed, and the waits for what would have come of it.
    void end_started() noexcept;

    // Safety and reopening, of the whole instrument.
    [[nodiscard]] outcome set_safe_steps(std::optional<std::vector<safe_step>> steps);
    [[nodiscard]] std::optional<std::vector<safe_step>> safe_steps() const;
    [[nodiscard]] outcome set_reopen(std::int64_t interval_ns);

    [[nodiscard]] subscriptions &events() noexcept { return events_; }
    void tell_state(std::int32_t kind, const value &payload) noexcept;

    // For drivers.
    [[nodiscard]] result<device *> add_child(const std::string &name, void *data);
    [[nodiscard]] outcome add_property(schema s);
    [[nodiscard]] outcome add_action(const std::string &name, const std::string &doc,
                                     bool moves = false, bool starts = false);
    // STATE but during create and open, when a driver tells what the device is made of.
    [[nodiscard]] outcome check_declaring() const;
    // A part that is there and cannot be used.
    [[nodiscard]] outcome child_failed(const std::string &name, ref<const error> why);
    [[nodiscard]] outcome add_capability(const std::string &name, std::int32_t version);
    void set_identity(identity who);
    [[nodiscard]] outcome set_timeouts(std::int64_t query_ns, std::int64_t motion_ns);
    void publish(std::size_t property, const value &v);
    void disconnect(std::string_view why);
    [[nodiscard]] result<timer::id> schedule(std::int64_t t_mono_ns,
                                             std::function<void()> function);
    [[nodiscard]] bool unschedule(timer::id which);
    // Submits a request ALD_VERB_POLL at a time. A later call replaces an earlier one.
    [[nodiscard]] outcome poll_at(std::int64_t t_mono_ns);
    // Keeps something as long as the driver may use it.
    void keep(std::shared_ptr<const void> what);
    [[nodiscard]] lab &owner() const noexcept { return lab_; }
    void *driver_data = nullptr; // what the driver gave for this node

    // For lines. What belongs to an earlier opening of the device is not told.
    [[nodiscard]] std::uint64_t opening_number() const;
    void line_lost(std::uint64_t opening, const std::string &line);
    // The same, from inside the driver, where the device cannot be told at once. Whoever learns of
    // it by an error may open the device again before that.
    void line_failed(std::uint64_t opening, const std::string &line);

    // For requests.
    [[nodiscard]] request_queue &requests() const noexcept { return root_->engine_->requests; }
    // The answer of the driver for a property, in the type of its schema; PROTOCOL where it does
    // not fit.
    [[nodiscard]] result<value> check_answer(const request::order &what, const value &v) const;
    void learn(const request::order &what, const value &v, const ald_reading *times);
    [[nodiscard]] bool wants_poll(std::uint64_t number) const;
    // `given_up`: by us, and not ended by its driver. It counts as under way until the driver ends
    // it after all, the axis was stopped, or the device is opened anew.
    void motion_ended(const op &motion, const request::order &what, const result<value> &how,
                      bool given_up);
    void opening_ended(const request &r, result<value> how);

    // Tells whether what its driver does wrong again and again may be told now.
    [[nodiscard]] bool may_name_its_driver() noexcept;

    // An axis that may move although nobody follows it is stopped when the device is opened again.
    void owe_stop(bool yes);
    // Reports, once the device is open, that it was found moving when it was opened.
    void found_moving();

private:
    template <class T, class... Args> friend ref<T> make(Args &&...args);
    friend class recovery;
    device(lab &owner, device *parent, std::string path);

    [[nodiscard]] result<ref<op>> submit(request::order what, bool here);
    [[nodiscard]] result<ref<op>> submit_motion(request::order what);
    [[nodiscard]] result<ref<op>> submit_stop(std::int64_t deadline);
    [[nodiscard]] result<ref<op>> hand_over(request &r, bool here);
    void depart() noexcept;
    [[nodiscard]] std::string parts_that_can(const capability &wanted) const;
    [[nodiscard]] outcome check_capability(const capability &wanted) const;
    [[nodiscard]] bool has_within(const capability &c) const noexcept;
    [[nodiscard]] effect effect_of(const schema &property) const;
    [[nodiscard]] effect effect_of_held(const schema &property) const noexcept;
    [[nodiscard]] std::string_view stop_name() const noexcept;
    [[nodiscard]] std::vector<const char *> ending_actions() const;
    void end_here() noexcept;
    [[nodiscard]] const action *action_named(std::string_view name) const noexcept;
    void forget_failed_children();
    [[nodiscard]] property *property_named(std::string_view name) const noexcept;
    void remember(property &p, const value &v, std::int64_t t_mono_ns);
    void tell(event e);
    void tell_changed(const std::string &name, const value &v);
    void disconnect_if(std::uint64_t opening, std::string_view why);
    void poll_now(std::uint64_t number, std::uint64_t opening);
    void close_now() noexcept;
    void end_facets(ald_status why) noexcept;
    void end_driver(std::int64_t deadline);
    void set_state(ald_device_state s);
    [[nodiscard]] bool hold_back(const event &e, device &of);
    void tell_held(bool opened) noexcept;
    void tell_findings() noexcept;
    void announce_opening(op &opening, result<value> how) noexcept;
    void owe_stops();
    [[nodiscard]] std::vector<ref<device>> owed_stops() const;
    void notice_lost_line();
    void tell_found_moving() noexcept;
    void arm_reopening() noexcept;
    void reopen_now() noexcept;
    [[nodiscard]] map snapshot_of(const std::string &name, std::int64_t timeout_ns,
                                  const cancel_source &cancel);
    void collect(std::vector<std::pair<ref<device>, std::string>> &readable) const;

    lab &lab_;
    device *root_;
    device *parent_;
    std::string path_;
    std::uint64_t id_;
    std::unique_ptr<engine> engine_;

    mutable std::mutex mutex_;
    std::vector<ref<device>> children_;
    std::vector<std::unique_ptr<property>> properties_;
    std::vector<std::unique_ptr<property>> retired_; // callers may hold strings of theirs
    std::vector<action> actions_;
    failed_list failed_children_; // of this opening
    struct ability {
        std::int32_t version;
        const capability *record; // NULL for one that only its driver knows
    };
    std::map<std::string, ability, std::less<>> capabilities_;
    facets facets_;
    identity identity_;
    ref<op> motion_;
    attached_cancels cancels_;
    bool motion_given_up_ = false;
    bool stop_owed_ = false;
    bool found_moving_ = false;
    std::uint64_t poll_number_ = 0;
    timer::id poll_timer_ = 0;
    subscriptions events_;
};

} // namespace alidade
