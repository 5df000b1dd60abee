// The driver's side: one controller, its axes and their motions.
#pragma once

#include "errors.hpp"
#include "support/arrival.hpp"
#include "support/line.hpp"
#include "support/motion.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace esp300 {

// Belongs to the thread inside `submit`, where one is at a time but for stops; `going` sees to
// itself.
struct axis {
    axis(const ald_host &host, const char *domain) : going(host, domain) {}

    int number = 0;
    std::string name;
    ald_node *node = nullptr;
    std::string unit{};
    bool position_known = true;
    std::vector<entry> errors{}; // out of the controller's queue, not told yet
    double from = 0;
    double to = 0; // NaN: home
    drivers::precision precise{};
    drivers::arrival arriving{};
    int misses = 0;
    bool stands = false; // seen at the last look
    std::int64_t pause_ns = 0;

    drivers::motion going;

    [[nodiscard]] std::string command(std::string_view rest) const {
        return std::to_string(number).append(rest);
    }
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

    // controller.cpp: the line, opening, properties.
    void open(ald_request *request);
    void close(ald_request *request);
    outcome find_out(const ald_request *request);
    result<std::map<int, bool>> find_axes(const ald_request *request);
    outcome set_up(const ald_request *request, axis &a);
    outcome declare(const ald_request *request, axis &a);
    [[nodiscard]] axis *axis_of(int number);
    [[nodiscard]] std::string name_of(int number, std::size_t place) const;
    void get(ald_request *request, const ald_request_info &info, axis &a);
    void set(ald_request *request, const ald_request_info &info, axis &a);
    void refuse(ald_request *request, const fault &why);
    static ald_status resync(void *self, ald_port *port, const ald_request *request,
                             ald_error **err);

    // Exchanges. A version that was not asked for tells that the controller has begun anew.
    result<drivers::answer> query(const ald_request *request, const std::string &command);
    result<drivers::measured> query_number(const ald_request *request, const std::string &command);
    result<bool> query_flag(const ald_request *request, const std::string &command);
    // Takes the controller's whole error queue.
    result<std::vector<entry>> take_entries(const ald_request *request);
    // The same, and gives each axis its own. A fault for the first error that belongs to no axis.
    outcome read_errors(const ald_request *request, const std::string &doing);
    // Commands do not answer: the error queue tells.
    outcome command(const ald_request *request, axis &a, const std::string &text);
    // The first of what an axis has to tell. Without `all` those that end a motion are left to it.
    [[nodiscard]] outcome own_errors(axis &a, const std::string &doing, bool all);
    void began_anew();
    void know_position(axis &a, bool is_known);

    // motions.cpp
    void move(ald_request *request, axis &a, double target);
    void home(ald_request *request, axis &a);
    void begin(ald_request *request, axis &a, const std::string &text, double goal);
    void stop(ald_request *request, axis &a);
    void look_after(ald_request *poll, axis &a);
    // Nothing while it moves; how its motion ended once it stands.
    [[nodiscard]] std::optional<outcome> watch(const ald_request *poll, axis &a);
    // Nothing where it may not have begun yet.
    [[nodiscard]] std::optional<outcome> how_it_ended(const ald_request *poll, axis &a,
                                                      double here);
    [[nodiscard]] std::optional<outcome> judge(axis &a, double here);
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
    drivers::line line_;
    std::string version_;
    int versions_asked_ = 0; // and not come yet: they may come late
    // The host may still hold nodes of axes that were there when it was opened before.
    std::map<int, std::unique_ptr<axis>> axes_;
    double here_ = 0;                   // where the axis stands whose motion has just ended
    std::mutex mutex_;                  // of the map alone
    std::atomic<bool> watching_{false}; // what waits for an answer is one of our own polls
};

} // namespace esp300
