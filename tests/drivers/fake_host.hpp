// A host for tests of drivers: a table of functions that remembers what a driver did with it and
// checks that the driver kept to the rules of alidade/driver.h.
#pragma once

#include "fake_value.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace fake {

// The table for `ald_driver_v2`; always the same.
[[nodiscard]] const ald_host &host();

// The clock of the table: the computer's own, or one that stands until a test moves it.
void use_real_clock();
void use_manual_clock(std::int64_t t_mono_ns);
void move_clock(std::int64_t by_ns);

// Lines that drivers have logged, "level domain: message"; taken away by the call.
[[nodiscard]] std::vector<std::string> take_log();

struct property {
    std::string name;
    ald_type type = ALD_TYPE_NULL;
    std::string unit;
    std::string doc;
    double min = 0;
    double max = 0;
    std::uint64_t flags = 0;
    std::vector<std::string> choices{}; // those that are texts
};

class device;

struct node {
    device *owner = nullptr;
    std::string path; // "" for the device itself
    void *data = nullptr;
    std::vector<property> properties{};
    std::vector<std::string> actions{};
    std::map<std::string, std::uint64_t> action_flags{};
    std::map<std::string, std::int32_t> capabilities{};
    std::vector<std::string> children{};

    [[nodiscard]] const property *find(std::string_view name) const;
    [[nodiscard]] bool readable() const { return capabilities.count("readable") != 0; }
};

struct reply {
    ald_status status = ALD_OK;
    datum value{};
    failure why{};
    bool has_times = false;
    ald_reading reading{}; // if it has times
};

struct publication {
    std::string path;
    std::string property;
    datum value;
};

struct identity {
    std::string vendor, model, serial_number, firmware;
};

struct progress {
    double done = 0;
    double total = 0;
    std::string unit;
    std::string phase;
};

// A request that is under way.
struct request {
    device *owner = nullptr;
    const node *target = nullptr;
    ald_verb verb = 0;
    std::string name{};
    std::int64_t place = -1;
    datum argument{};
    std::int64_t deadline = INT64_MAX;
    ald_value *lent = nullptr;

    // Guarded by the owner's mutex.
    bool cancelled = false;
    bool accepted = false;
    bool completed = false;
    std::vector<progress> steps{};
    reply answer{};
};

// An instrument that a driver drives.
class device {
public:
    // Makes an instance. Options that are not given have their initial values.
    explicit device(const ald_driver &driver, const datum_map &options = {});
    device(const device &) = delete;
    device &operator=(const device &) = delete;
    // Closes it if it is open, and ends the instance.
    ~device();

    // How making it ended; the other functions need ALD_OK.
    [[nodiscard]] const reply &made() const { return made_; }

    // Verbs that wait. The path is the one below the device; "" is the device itself.
    reply open();
    reply close();
    reply get(const std::string &path, const std::string &property);
    reply set(const std::string &path, const std::string &property, datum value);
    reply act(const std::string &path, const std::string &action, datum arguments = {});

    // The same in parts. `wait` runs timers that come due, and moves a manual clock up to them.
    std::shared_ptr<request> start(ald_verb verb, const std::string &path, const std::string &name,
                                   datum argument = {});
    reply wait(request &r);
    void cancel(request &r);
    // Runs timers that are due, on this thread.
    void run_timers();

    [[nodiscard]] const node *find(const std::string &path) const;
    [[nodiscard]] std::vector<std::string> paths() const;
    [[nodiscard]] identity who() const;
    [[nodiscard]] bool is_disconnected() const;
    [[nodiscard]] std::vector<publication> take_publications();
    // Waits, by the real clock, until a number of publications have come.
    [[nodiscard]] bool wait_publications(std::size_t count, std::int64_t timeout_ns);
    // Runs inside of the driver when it accepts a request.
    std::function<void()> on_accept = [] {};

    // What the driver did against the rules; empty for a good one.
    [[nodiscard]] std::vector<std::string> problems() const;

private:
    friend struct table_functions;
    struct timer {
        std::uint64_t id;
        std::int64_t t_mono_ns;
        void (*fn)(void *);
        void *user_data;
    };

    void problem(std::string text); // with the mutex held
    void check_value(const node &where, const property &p, const datum &value);
    void complete(request &r, reply how);
    bool run_next_timer(std::int64_t up_to);
    [[nodiscard]] bool may_add() const { return adding_; }

    const ald_driver &driver_;
    void *instance_ = nullptr;
    reply made_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, std::unique_ptr<node>> nodes_;
    std::vector<std::shared_ptr<request>> requests_;
    std::vector<timer> timers_;
    std::vector<publication> publications_;
    std::vector<std::string> problems_;
    std::map<std::string, int> added_; // in this opening, by path and kind and name
    identity identity_;
    bool adding_ = false;
    bool open_ = false;
    bool disconnected_ = false;
};

} // namespace fake
