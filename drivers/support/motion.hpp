// The motion of one axis, for blocking drivers: begun by one request, looked after by polls, ended
// when the axis stands; and the stops that wait for that.
#pragma once

#include "support/host.hpp"

#include <mutex>
#include <optional>
#include <vector>

namespace drivers {

class motion {
public:
    motion(const ald_host &host, const char *domain) : host_(host), domain_(domain) {}

    // --- For the thread inside `submit`. While it holds the motion nobody else completes it. ---

    // The request is known from now on: a cancel or a stop on another thread finds it. Holds it.
    void begin(ald_request *request);
    // False if there is nothing to look after.
    [[nodiscard]] bool hold();
    void release();
    // The request that is under way; NULL for none. Held.
    [[nodiscard]] ald_request *request() const;
    void end(const outcome &how, std::optional<double> where);
    void end_stops(const outcome &how);

    // --- For any thread. ---

    [[nodiscard]] bool goes_on() const { return request() != nullptr; }
    [[nodiscard]] bool told_to_stop() const;

    void add_stop(ald_request *request);
    // Ends a stop that was cancelled before `cancel` could find it.
    void check_stop(ald_request *request);
    // True if the axis must be told to stop now; a cancelled stop is ended.
    [[nodiscard]] bool cancel(ald_request *request);
    // The axis could not be told to stop, and why: nobody will hear of it again.
    void lose(ald_request *request, const fault &why);
    // Ends what an earlier opening of the line has left.
    void drop();

private:
    void finish(ald_request *ended, const outcome &how, std::optional<double> where);

    const ald_host &host_;
    const char *domain_;
    mutable std::mutex mutex_;
    ald_request *request_ = nullptr;
    bool held_ = false;
    bool stopping_ = false;
    std::optional<fault> lost_;
    std::vector<ald_request *> stops_;
};

// Words the failure of a stop or a motion after which nobody has seen the axis stand, whatever was
// in the way; `told` is what was done about it.
[[nodiscard]] fault not_seen_to_stand(const std::string &axis, const fault &why,
                                      const std::string &told = "was told to stop");

} // namespace drivers
