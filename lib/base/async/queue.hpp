// Queues of records, and the names of their kinds.
#pragma once

#include "base/async/wait.hpp"
#include "base/held.hpp"

#include <alidade/queue.h>

#include <list>
#include <string_view>

namespace alidade {

[[nodiscard]] const char *event_name(std::int32_t kind) noexcept;
[[nodiscard]] result<std::int32_t> event_kind(std::string_view name);

// A record before it has a handle for its payload.
struct event {
    ald_record record{};
    ref<const object> payload{};
    // Keeps a payload of the application open as long as its record waits.
    held open_payload{};
    // Ends of operations are never dropped: somebody waits for each of them.
    bool keep = false;

    explicit event(std::int32_t kind = ALD_EVENT_USER, std::uint64_t tag = 0) noexcept {
        record.struct_size = sizeof(ald_record);
        record.kind = kind;
        record.tag = tag;
    }
};

// List nodes, so that one can be made beforehand and put in later without needing memory.
using event_list = std::list<event>;

class queue final : public object {
public:
    struct counters {
        std::uint64_t pushed, lost, waiting, capacity;
    };

    queue(std::size_t capacity, ald_policy policy) noexcept
        : object(ALD_KIND_QUEUE), capacity_(policy == ALD_POLICY_LATEST ? 1 : capacity),
          policy_(policy) {}
    ~queue() override;

    // Puts the one event of `one` in, without waiting and without needing memory. What is to be
    // freed stays in `one`. True if `wake_consumer` must be called, once no lock is held.
    [[nodiscard]] bool put(event_list &one) noexcept;
    // Calls the application's function; spurious calls do no harm.
    void wake_consumer() noexcept;
    // Puts a record in and wakes the consumer; drops it if the queue is closed.
    void offer(event e);
    // The same, but a full LOSSLESS queue holds the caller back.
    [[nodiscard]] outcome push(event e, std::int64_t deadline, const cancel_source *cancel);

    // Moves up to `most` events to the end of `out`. Fails with CLOSED once it is closed and empty.
    [[nodiscard]] outcome drain(std::size_t most, event_list &out);
    // Undoes a part of a drain: the events come first again.
    void put_back(event_list events) noexcept;
    [[nodiscard]] outcome wait(std::int64_t deadline, const cancel_source *cancel);

    [[nodiscard]] result<int> fd();
    void set_wake(int (*wake)(void *), void *user_data);
    [[nodiscard]] counters stats() const;

    void close() noexcept override;
    [[nodiscard]] bool closable() const noexcept override { return true; }
    [[nodiscard]] bool closed() const;

private:
    // With the mutex held.
    [[nodiscard]] bool full() const noexcept { return events_.size() >= capacity_; }
    // True if somebody has to be told that the queue is no longer empty.
    [[nodiscard]] bool put_locked(event_list &one) noexcept;
    void append(event_list &one) noexcept;
    void signal_fd() const noexcept;
    void clear_fd() const noexcept;

    mutable std::mutex mutex_;
    std::size_t capacity_;
    ald_policy policy_;
    event_list events_;
    waiters consumers_;
    waiters producers_;
    std::uint64_t next_seq_ = 0;
    std::uint64_t lost_ = 0;
    std::uint64_t lost_at_end_ = 0;
    int fd_ = -1;
    bool closed_ = false;

    std::mutex wake_mutex_;
    int (*wake_)(void *) = nullptr;
    void *wake_data_ = nullptr;
};

} // namespace alidade
