// Request queue of one driver instance: runs one request after the other.
#pragma once

#include "device/request.hpp"

#include <condition_variable>
#include <deque>

namespace alidade {

class request_queue;

// Marks a thread as inside the driver behind a queue: it cannot wait for what that driver still
// does.
class inside_driver {
public:
    explicit inside_driver(const request_queue &of) noexcept : of_(of), outer_(innermost_) {
        innermost_ = this;
    }
    inside_driver(const inside_driver &) = delete;
    inside_driver &operator=(const inside_driver &) = delete;
    ~inside_driver() { innermost_ = outer_; }

    [[nodiscard]] static bool now(const request_queue &of) noexcept {
        const inside_driver *i = innermost_;
        while (i != nullptr && &i->of_ != &of) {
            i = i->outer_;
        }
        return i != nullptr;
    }

private:
    static inline thread_local const inside_driver *innermost_ = nullptr;
    const request_queue &of_;
    const inside_driver *outer_;
};

class request_queue {
public:
    // `threaded`: the driver's submit may block, and gets a thread.
    explicit request_queue(bool threaded) : threaded_(threaded) {}

    void set_instance(instance *driver) noexcept { driver_ = driver; }

    // Puts a request at the end. With `here` an idle queue runs it on this thread.
    [[nodiscard]] outcome put(ref<request> r, bool here);
    // Hands a request over at once, before all that is waiting. Does not throw: a stop must come
    // through without memory too.
    [[nodiscard]] outcome put_first(const ref<request> &r) noexcept;
    // Takes a request that still waits out again; false if it is no longer waiting.
    bool take_out(const request &r);
    // Begins the next request: the one under way has been accepted or completed.
    void turn_ended(const request &r);

    // Tells the driver that a request should end.
    void cancel(request &r);

    // Lists the requests that wait, and those that the driver has.
    [[nodiscard]] std::vector<ref<request>> all();
    // Asks for the end of all requests.
    void end_all(request::reason why);
    // Ends what the driver was asked before its instrument was lost and has not ended.
    void give_up_lost() noexcept;
    // Tells whether the driver works on a request of a node, polls aside.
    [[nodiscard]] bool works_for(const device &node);
    // Lets go of what was given up, once there is no driver any more that could complete it.
    void forget_given_up();
    // Waits until all that is here now is completed. False at the deadline.
    [[nodiscard]] bool wait_idle(std::int64_t deadline);
    // Takes no more, ends all that is here, and ends the thread. False at the deadline.
    [[nodiscard]] bool stop(std::int64_t deadline);

private:
    // Holds a thread's place inside the driver, which is not destroyed while there is one.
    class visit {
    public:
        explicit visit(request_queue &to);
        visit(const visit &) = delete;
        visit &operator=(const visit &) = delete;
        ~visit();
        // False where the driver may be destroyed already.
        explicit operator bool() const noexcept { return let_in_; }

    private:
        const inside_driver mark_;
        request_queue &queue_;
        bool let_in_;
    };

    void submit(request &r);
    [[nodiscard]] bool wait_left(std::int64_t deadline);
    void pump(std::unique_lock<std::mutex> &lock, int most);
    void work();

    bool threaded_;
    instance *driver_ = nullptr;
    std::mutex mutex_;
    std::condition_variable left_;
    int inside_ = 0;
    std::deque<ref<request>> waiting_;
    std::vector<ref<request>> submitted_; // until they are completed
    const request *turn_ = nullptr;
    bool pumping_ = false;
    bool started_ = false;
    bool stopping_ = false;
    bool shut_ = false; // nobody enters the driver any more
    parker bell_;       // of the thread
    thread_group threads_{"ald-device"};
};

} // namespace alidade
