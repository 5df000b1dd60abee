// A bus as a device: one line with up to sixteen motors, each with its address.
#pragma once

#include "models.hpp"
#include "support/arrival.hpp"
#include "support/line.hpp"
#include "support/motion.hpp"
#include "support/properties.hpp"
#include "support/table.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>

namespace elliptec {

// Ends a command of which only a part has arrived at a motor.
inline constexpr const char *clear = "\r";

inline constexpr std::int64_t reply_ns = 1'500'000'000;
inline constexpr std::int64_t motion_timeout_ns = 60'000'000'000;

// Motions of a motor.
enum class task { move, home, jog, search, optimize, clean };

// Tells whether a motor that does it answers nothing else: the maker's services.
[[nodiscard]] constexpr bool is_service(task what) {
    return what == task::search || what == task::optimize || what == task::clean;
}

// Belongs to the thread inside `submit`; `going` and what is atomic see to themselves.
struct motor {
    motor(const ald_host &host, const char *domain, int where)
        : address(where), table(host, domain), going(host, domain) {}

    [[nodiscard]] std::string command(std::string_view rest) const {
        return std::string(1, address_digit(address)).append(rest);
    }
    // Also between two places of a slider.
    [[nodiscard]] double where(std::int64_t pulses) const {
        return static_cast<double>(pulses - zero) / scale_of(who);
    }
    // Nothing for a slider between two places.
    [[nodiscard]] std::optional<double> to_units(std::int64_t pulses) const {
        if (kind->slides()) {
            return place_of(*kind, pulses);
        }
        return where(pulses);
    }

    const int address;
    std::string name{};
    ald_node *node = nullptr;
    identity who{};
    const model *kind = nullptr;              // once it is known
    std::optional<drivers::fault> unusable{}; // in this opening
    std::optional<std::int64_t> last_seen{};  // in pulses
    std::int64_t zero = 0;                    // pulses at position 0, in this opening
    int percent = 10;                         // of its greatest velocity, as far as it is known

    // State of the motion under way.
    task doing = task::move;
    double to = 0; // NaN: home, or no place at all
    double from = 0;
    drivers::arrival arriving{};             // of its step
    int place = 0;                           // where a slider is on its way
    int next = 0;                            // where its next step leads to
    int search = 1;                          // which of its motors searches
    bool forward = true;                     // where it jogs to
    std::int64_t begun_ns = 0;               // when its service began
    std::optional<std::int64_t> kept_step{}; // its jog step, while it has none
    bool sent = false;                       // its first command
    bool waits = false;                      // for its next step
    int misses = 0;
    bool stands = false;        // seen at the last look
    std::int64_t rested_ns = 0; // when its last motion ended
    std::int64_t told_ns = 0;   // when it was first seen to go on though it was told to stop
    std::atomic<bool> stop_sent = false;
    std::atomic<bool> unclear = false; // a stop may have left an error in it, told by `gs`
    bool refused = false;              // to stop

    // Messages that the motor has sent by itself since its motion began.
    std::optional<std::int64_t> arrived{};
    std::optional<int> failed{};
    bool found = false; // status ok, which ends a search
    // Position at the last look, once it was idle.
    std::optional<std::int64_t> seen{};
    std::optional<drivers::fault> broken{}; // why it failed while it was told to stop

    drivers::property_table table;
    drivers::motion going;
};

// Words the failure of a slider that stands at none of its places.
[[nodiscard]] drivers::fault between_places(const motor &m, std::int64_t pulses);

class bus {
public:
    static constexpr const char *domain = "elliptec";

    // No input or output.
    bus(const ald_host &host, ald_node *node, const drivers::options &given);

    void submit(ald_request *request);
    void cancel(ald_request *request);

private:
    using fault = drivers::fault;
    using outcome = drivers::outcome;
    template <class T> using result = drivers::result<T>;

    struct said {
        message what;
        std::int64_t t_mono_ns;
        std::int64_t uncertainty_ns;
    };

    // driver.cpp: what a motor has.
    void close(ald_request *request);
    void refuse(ald_request *request, const fault &why);
    [[nodiscard]] outcome check_usable(const motor &m, const ald_request_info &info) const;
    std::vector<drivers::property> properties_of(motor &m);
    std::vector<drivers::action> actions_of(motor &m);
    result<drivers::reading> ask_percent(const ald_request *request, motor &m);
    result<drivers::reading> ask_jog(const ald_request *request, motor &m);
    result<drivers::reading> stands(const ald_request *request, motor &m);
    outcome set_zero(const ald_request *request, motor &m);
    result<motor_data> ask_motor(const ald_request *request, motor &m, int which);
    void add_motor_rows(std::vector<drivers::property> &all, motor &m);

    // exchanges.cpp
    void listen(ald_request *poll);
    static ald_status resync(void *self, ald_port *port, const ald_request *request,
                             ald_error **err);
    ald_status come_in_step(ald_port *port, const ald_request *request, ald_error **err);

    // Sends, and waits for the motor's answer of one kind; a status that is an error is a fault.
    // What others say meanwhile is put down for them.
    result<said> exchange(const ald_request *request, motor &m, const std::string &text,
                          std::string_view kind);
    result<std::int64_t> ask_long(const ald_request *request, motor &m, const char *text,
                                  const char *kind, said *when);
    result<int> ask_byte(const ald_request *request, motor &m, const char *text, const char *kind);
    result<std::int64_t> ask_pulses(const ald_request *request, motor &m, said *when = nullptr);
    result<drivers::measured> ask_position(const ald_request *request, motor &m);
    // The error, if any, is not taken for a failure: GS itself is the answer.
    result<int> ask_status(const ald_request *request, motor &m);
    // A command that is answered by a status.
    outcome accepted(const ald_request *request, motor &m, const std::string &text);
    void overhear(const message &heard);
    // Receives the messages that have come by themselves.
    void hear_all(const ald_request *request);

    // opening.cpp
    void open(ald_request *request);
    outcome find_out(const ald_request *request);
    outcome find_motors(const ald_request *request);
    outcome identify(const ald_request *request, int address);
    outcome hear_others(const ald_request *request);
    void know(const message &in);
    [[nodiscard]] bool is_known(int address) const;
    [[nodiscard]] std::string name_of(int address) const;
    outcome tell_unusable(int address, const fault &why);
    outcome declare(motor &m);
    motor &motor_at(int address);

    // motions.cpp
    void move(ald_request *request, motor &m, double target);
    void begin(ald_request *request, motor &m, task what, double target);
    outcome prepare(const ald_request *request, motor &m);
    outcome send_next(const ald_request *request, motor &m);
    void jog(ald_request *request, motor &m, bool forward);
    outcome prepare_jog(const ald_request *request, motor &m);
    void give_step_back(const ald_request *request, motor &m);
    outcome tell_to_stop(motor &m);
    void stop(ald_request *request, motor &m);
    void look_after(ald_request *poll, motor &m);
    [[nodiscard]] std::optional<outcome> watch(const ald_request *poll, motor &m);
    [[nodiscard]] std::optional<outcome> look(const ald_request *poll, motor &m);
    [[nodiscard]] std::optional<outcome> look_at_place(const ald_request *poll, motor &m);
    [[nodiscard]] std::optional<outcome> look_at_search(const ald_request *poll, motor &m);
    [[nodiscard]] std::optional<outcome> look_at_service(const ald_request *poll, motor &m);
    [[nodiscard]] std::optional<outcome> still_going(motor &m);
    [[nodiscard]] std::optional<outcome> reached(motor &m, std::int64_t pulses);
    [[nodiscard]] outcome arrived(motor &m, std::int64_t pulses);
    [[nodiscard]] drivers::arrival::verdict judge(const motor &m, std::int64_t pulses) const;
    void refuse_to_stop(motor &m, int status);
    void end_motion(motor &m, const outcome &how);
    [[nodiscard]] outcome watch_from(motor &m, std::int64_t t_mono_ns);
    void stand(const ald_request *request);

    const ald_host &host_;
    ald_node *node_;
    std::string uri_;
    std::vector<std::string> addresses_;
    std::vector<std::string> names_;
    int home_direction_;
    drivers::line line_;
    // The host may still hold nodes of motors that were there when it was opened before.
    std::map<int, std::unique_ptr<motor>> motors_;
    // In this opening: those that can be used, and why the others cannot.
    std::vector<int> present_;
    std::map<int, fault> unusable_;
    const motor *spoken_to_ = nullptr; // whose number proves that the line is in step
    double here_ = 0;                  // where the motor stands whose motion has just ended
    std::mutex mutex_;                 // of the map alone
};

} // namespace elliptec
