// The driver's side: one line with up to sixteen motors, each with its address.
#pragma once

#include "messages.hpp"
#include "support/line.hpp"
#include "support/motion.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace elliptec {

// Belongs to the thread inside `submit`; `going` sees to itself.
struct motor {
    motor(const ald_host &host, const char *domain, int where)
        : address(where), going(host, domain) {}

    [[nodiscard]] std::string command(std::string_view rest) const {
        return std::string(1, address_digit(address)).append(rest);
    }
    [[nodiscard]] double to_units(std::int64_t pulses) const {
        return static_cast<double>(pulses) / who.scale();
    }

    const int address;
    std::string name{};
    ald_node *node = nullptr;
    identity who{};
    std::string unit{};
    double from = 0;
    double to = 0; // NaN: home
    int misses = 0;
    std::int64_t rested_ns = 0; // when its last motion ended

    // What it has said by itself since its motion began.
    std::optional<std::int64_t> arrived{};
    std::optional<int> failed{};
    std::optional<std::int64_t> seen{}; // where it was at the last look, once it was idle

    drivers::motion going;
};

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

    // bus.cpp: the line, opening, properties, actions.
    void open(ald_request *request);
    void close(ald_request *request);
    outcome find_out(const ald_request *request);
    outcome find_motors(const ald_request *request);
    outcome identify(const ald_request *request, int address);
    outcome know(const message &in);
    outcome declare(motor &m);
    void listen(ald_request *poll);
    motor &motor_at(int address);
    void get(ald_request *request, const ald_request_info &info, motor &m);
    void set(ald_request *request, const ald_request_info &info, motor &m);
    void act(ald_request *request, std::string_view action, motor &m);
    void refuse(ald_request *request, const fault &why);
    static ald_status resync(void *self, ald_port *port, const ald_request *request,
                             ald_error **err);
    ald_status come_in_step(ald_port *port, const ald_request *request, ald_error **err);

    // Sends, and waits for the motor's answer of one kind; a status that is an error is a fault.
    // What others say meanwhile is put down for them.
    result<said> exchange(const ald_request *request, motor &m, const std::string &text,
                          std::string_view kind);
    result<drivers::measured> ask_position(const ald_request *request, motor &m);
    result<int> ask_byte(const ald_request *request, motor &m, const char *text, const char *kind);
    // The error, if any, is not taken for a failure: GS itself is the answer.
    result<int> ask_status(const ald_request *request, motor &m);
    void overhear(const message &heard);

    // motions.cpp
    void move(ald_request *request, motor &m, double target);
    void begin(ald_request *request, motor &m, const std::string &text, double target);
    void stop(ald_request *request, motor &m);
    void look_after(ald_request *poll, motor &m);
    [[nodiscard]] std::optional<outcome> watch(const ald_request *poll, motor &m);
    [[nodiscard]] std::optional<outcome> look(const ald_request *poll, motor &m);
    [[nodiscard]] outcome arrived(motor &m, std::int64_t pulses);
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
    std::vector<int> present_;         // in this opening
    const motor *spoken_to_ = nullptr; // whose number proves that the line is in step
    double here_ = 0;                  // where the motor stands whose motion has just ended
    std::mutex mutex_;                 // of the map alone
};

} // namespace elliptec
