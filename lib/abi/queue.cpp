#include "base/async/queue.hpp"

#include "base/boundary/guard.hpp"

using namespace alidade;

namespace {

constexpr int64_t most_records = int64_t{1} << 24;

bool take_payload(const void *token, event &to) noexcept {
    auto &table = handle_table::instance();
    handle_table::slot *s = table.kind_of(token) == ALD_KIND_ERROR ? nullptr : table.pin(token);
    if (s == nullptr) {
        return false;
    }
    to.payload = ref<const object>::share(s->target.load(std::memory_order_relaxed));
    to.open_payload = held(*to.payload);
    table.unpin(s);
    return true;
}

// Writes one record, as far as the caller's stride goes.
void write_record(char *to, std::size_t size, event &e) {
    if (e.payload) {
        e.record.payload = handle_table::instance().give(*e.payload);
    }
    std::memcpy(to, &e.record, size);
    if (e.payload && size < offsetof(ald_record, payload) + sizeof(void *)) {
        handle_table::instance().drop(e.record.payload); // the caller has no room for it
    }
}

} // namespace

const char *ald_event_name(int32_t kind) noexcept { return event_name(kind); }

ald_status ald_event_register(const char *name, int32_t *kind, ald_error **err) noexcept {
    return call(err, in(), out(kind), [&]() -> outcome {
        const auto found = text(name, "name of the event").and_then([](const std::string &n) {
            return event_kind(n);
        });
        if (!found) {
            return failure(found.error());
        }
        *kind = *found;
        return {};
    });
}

ald_status ald_queue_new(int64_t capacity, ald_policy policy, ald_queue **out_queue,
                         ald_error **err) noexcept {
    return call(err, in(), out(out_queue), [&]() -> outcome {
        if (capacity < 1 || capacity > most_records) {
            return fail(ALD_E_RANGE, "queue", "capacity is {}; allowed are 1 to {} records",
                        capacity, most_records);
        }
        if (policy < ALD_POLICY_LATEST || policy > ALD_POLICY_LOSSLESS) {
            return fail(ALD_E_INVALID, "queue", "policy is {}; expected one of ALD_POLICY_<X>",
                        policy);
        }
        return give(out_queue, make<queue>(static_cast<std::size_t>(capacity), policy));
    });
}

ald_status ald_queue_push(ald_queue *queue, const ald_record *record, int64_t timeout_ns,
                          const ald_cancel *cancel, ald_error **err) noexcept {
    return call(err, in(queue, optional_handle{cancel}), out(), [&](auto &q, auto *c) -> outcome {
        const auto deadline = deadline_of(timeout_ns);
        if (!deadline) {
            return failure(deadline.error());
        }
        const auto given = get_record(record, ald_record{}, "record");
        if (!given) {
            return failure(given.error());
        }
        if (given->flags != 0) {
            return fail(ALD_E_INVALID, "queue", "flags of the record are {:#x}; expected 0",
                        given->flags);
        }
        event e(given->kind, given->tag);
        e.record = *given;
        e.record.seq = 0;
        e.record.lost_before = 0;
        e.record.payload = nullptr;
        if (given->payload != nullptr && !take_payload(given->payload, e)) {
            return fail(ALD_E_INVALID, "queue",
                        "the payload is stale, no handle at all or an error; give a handle of "
                        "another kind or NULL");
        }
        auto pushed = q.push(std::move(e), *deadline, c);
        if (!pushed && timeout_ns == ALD_WAIT_NOT && pushed.error()->code() == ALD_E_TIMEOUT) {
            return fail(ALD_E_WOULD_BLOCK, "queue", "the queue is full; drain it or wait");
        }
        return pushed;
    });
}

ald_status ald_queue_drain(ald_queue *queue, ald_record *records, size_t stride, int64_t capacity,
                           int64_t *count, ald_error **err) noexcept {
    return call(err, in(queue), out(count), [&](auto &q) -> outcome {
        constexpr std::size_t least = offsetof(ald_record, seq);
        if (capacity < 0 || (records == nullptr && capacity > 0) || stride < least) {
            return fail(ALD_E_INVALID, "queue",
                        "records is {}, stride {}, capacity {}; expected room for capacity records "
                        "of at least {} bytes",
                        records == nullptr ? "NULL" : "given", stride, capacity, least);
        }
        event_list taken;
        if (auto drained = q.drain(static_cast<std::size_t>(capacity), taken); !drained) {
            return drained;
        }
        int64_t written = 0;
        try {
            for (event &e : taken) {
                write_record(reinterpret_cast<char *>(records) +
                                 static_cast<std::size_t>(written) * stride,
                             std::min(stride, sizeof(ald_record)), e);
                ++written;
            }
        } catch (const std::bad_alloc &) {
            // Nothing is lost: what could not be handed out comes again next.
            taken.erase(taken.begin(), std::next(taken.begin(), written));
            q.put_back(std::move(taken));
            if (written == 0) {
                throw;
            }
        }
        *count = written;
        return {};
    });
}

ald_status ald_queue_wait(ald_queue *queue, int64_t timeout_ns, const ald_cancel *cancel,
                          ald_error **err) noexcept {
    return call(err, in(queue, optional_handle{cancel}), out(), [&](auto &q, auto *c) {
        return deadline_of(timeout_ns).and_then([&](int64_t deadline) {
            return q.wait(deadline, c);
        });
    });
}

ald_status ald_queue_fd(ald_queue *queue, int32_t *fd, ald_error **err) noexcept {
    return call(err, in(queue), out(fd), [&](auto &q) -> outcome {
        const auto made = q.fd();
        if (!made) {
            return failure(made.error());
        }
        *fd = *made;
        return {};
    });
}

ald_status ald_queue_set_wake(ald_queue *queue, int (*wake)(void *user_data), void *user_data,
                              ald_error **err) noexcept {
    return call(err, in(queue), out(), [&](auto &q) {
        q.set_wake(wake, user_data);
        return outcome();
    });
}

ald_status ald_queue_get_stats(const ald_queue *queue, ald_queue_stats *stats,
                               ald_error **err) noexcept {
    return call(err, in(queue), out(stats), [&](auto &q) {
        const auto now = q.stats();
        return put_record(stats,
                          ald_queue_stats{sizeof(ald_queue_stats), 0, now.pushed, now.lost,
                                          now.waiting, now.capacity},
                          "record of counters");
    });
}

void ald_queue_close(ald_queue *queue) noexcept {
    quietly(queue, [](auto &q) { q.close(); });
}
