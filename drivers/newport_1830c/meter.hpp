// The driver's side of a Newport 1830-C: every number is asked for, every setting read back.
#pragma once

#include "support/line.hpp"

namespace newport_1830c {

class meter {
public:
    static constexpr const char *domain = "newport-1830c";

    // No input or output.
    meter(const ald_host &host, ald_node *node, const drivers::options &given);

    void submit(ald_request *request);
    void cancel(ald_request *) {} // the port ends what it waits for

private:
    using outcome = drivers::outcome;
    template <class T> using result = drivers::result<T>;

    void open(ald_request *request);
    outcome find_out(const ald_request *request);
    outcome declare();
    void get(ald_request *request, std::int64_t property);
    void set(ald_request *request, const ald_request_info &info);
    void act(ald_request *request, std::string_view action);
    void read(ald_request *request);
    // Sample that the meter has measured, not before `since_ns`.
    struct sample {
        std::int64_t since_ns = 0;
        std::int64_t status = 0;
        std::uint64_t quality = 0;
        bool is_new = false;
    };
    result<sample> next_sample(const ald_request *request);
    result<sample> new_samples(const ald_request *request);
    outcome forget_errors(const ald_request *request);
    void tell(ald_request *request, const result<drivers::value> &what);
    // Sends a setting, and asks until the meter has it.
    outcome change(const ald_request *request, const std::string &text, const char *question,
                   std::int64_t wanted);
    result<std::int64_t> ask(const ald_request *request, const char *question);
    void refuse(ald_request *request, const drivers::fault &why);
    static ald_status resync(void *self, ald_port *port, const ald_request *request,
                             ald_error **err);

    const ald_host &host_;
    ald_node *node_;
    std::string uri_;
    drivers::line line_;
};

} // namespace newport_1830c
