// Device of a controller: its axes and their motions.
#pragma once

#include "protocol.hpp"
#include "support/arrival.hpp"
#include "support/motion.hpp"
#include "support/properties.hpp"
#include "support/table.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>

namespace esp300 {

// Belongs to the thread inside `submit`, where one is at a time but for stops; `going` sees to
// itself.
struct axis {
    axis(const ald_host &host, const char *domain) : table(host, domain), going(host, domain) {}

    int number = 0;
    std::string name;
    ald_node *node = nullptr;
    std::string unit{};
    bool position_known = true;
    std::vector<entry> errors{}; // out of the controller's queue, not told yet
    enum class task { move, home, jog };
    task doing = task::move;
    double from = 0;
    double to = 0;   // NaN: home, and where a jog has no end
    double left = 0; // software limits; equal ones are none
    double right = 0;
    drivers::precision precise{};
    drivers::arrival arriving{};
    int misses = 0;
    bool stands = false; // seen at the last look
    std::int64_t pause_ns = 0;

    drivers::property_table table;
    drivers::motion going;

    [[nodiscard]] bool limited() const { return left < right; }
    [[nodiscard]] std::string command(std::string_view rest) const {
        return std::to_string(number).append(rest);
    }
};

// Limits that the controller sets an axis, in its unit.
struct limits {
    double velocity = 0;
    double acceleration = 0;
};

class controller {
public:
    static constexpr const char *domain = "esp300";

    // No input or output.
    controller(const ald_host &host, ald_node *node, const drivers::options &given);

    void submit(ald_request *request);
    void cancel(ald_request *request);

private:
    using fault = drivers::fault;
    using outcome = drivers::outcome;
    template <class T> using result = drivers::result<T>;

    // opening.cpp
    void open(ald_request *request);
    outcome find_out(const ald_request *request);
    result<std::map<int, bool>> find_axes(const ald_request *request);
    outcome set_up(const ald_request *request, axis &a);
    outcome declare(const ald_request *request, axis &a);
    outcome tell_who(const std::string &version);
    [[nodiscard]] axis *axis_of(int number);
    [[nodiscard]] std::string name_of(int number, std::size_t place) const;

    // driver.cpp: what an axis has, and the errors that are its own.
    void close(ald_request *request);
    void refuse(ald_request *request, const fault &why);
    std::vector<drivers::property> properties_of(axis &a, const limits &most);
    std::vector<drivers::action> actions_of(axis &a);
    // Takes the error queue and gives each axis its own. A fault for the first error that belongs
    // to no axis.
    outcome read_errors(const ald_request *request, const std::string &doing);
    // Sends it, and asks whether it was taken.
    outcome command(const ald_request *request, axis &a, const std::string &text);
    outcome set_zero(const ald_request *request, axis &a);
    outcome taken(const ald_request *request, axis &a, const std::string &text);
    // The first of what an axis has to tell. Without `all` those that end a motion are left to it.
    [[nodiscard]] outcome own_errors(axis &a, const std::string &doing, bool all);
    void began_anew();
    void know_position(axis &a, bool is_known);

    // motions.cpp
    void move(ald_request *request, axis &a, double target);
    void home(ald_request *request, axis &a);
    void jog(ald_request *request, axis &a, bool forward);
    void begin(ald_request *request, axis &a, const std::string &text, double goal);
    void stop(ald_request *request, axis &a);
    void look_after(ald_request *poll, axis &a);
    // Nothing while it moves; how its motion ended once it stands.
    [[nodiscard]] std::optional<outcome> watch(const ald_request *poll, axis &a);
    // Nothing where it may not have begun yet.
    [[nodiscard]] std::optional<outcome> how_it_ended(const ald_request *poll, axis &a,
                                                      double here);
    [[nodiscard]] std::optional<outcome> judge(axis &a, double here);
    [[nodiscard]] static fault jog_ended(const axis &a, double here);
    [[nodiscard]] outcome tell_progress(const ald_request *poll, axis &a);
    void end_motion(axis &a, const outcome &how);
    [[nodiscard]] outcome watch_from(axis &a, std::int64_t t_mono_ns);
    [[nodiscard]] fault not_in_time(const axis &a, double here) const;
    void stand(const ald_request *request);

    const ald_host &host_;
    ald_node *node_;
    std::string uri_;
    std::vector<std::string> axis_names_;
    bool enable_;
    std::int64_t home_mode_;
    double tolerance_;
    protocol wire_;
    // The host may still hold nodes of axes that were there when it was opened before.
    std::map<int, std::unique_ptr<axis>> axes_;
    double here_ = 0;                   // where the axis stands whose motion has just ended
    std::mutex mutex_;                  // of the map alone
    std::atomic<bool> watching_{false}; // what waits for an answer is one of our own polls
};

} // namespace esp300
