#include "base/log.hpp"

#include "base/immortal.hpp"
#include "base/inside_library.hpp"
#include "base/text/one_line.hpp"
#include "base/value/value.hpp"

#include <cstdio>

namespace alidade::log {

namespace {

struct listener {
    ref<queue> to;
    ald_log_level level;
};

struct state {
    std::atomic<ald_log_level> level{ALD_LOG_WARNING};
    std::mutex sink_mutex; // held while the sink runs: one line at a time
    sink to;
    std::mutex listeners_mutex;
    std::vector<listener> listeners;
};

state &the() noexcept { return immortal<state>(); }

// True on a thread that is inside the sink, which must not be entered again.
thread_local bool in_sink = false;

const char *level_name(ald_log_level level) noexcept {
    static constexpr const char *names[] = {"trace", "debug", "info", "warning", "error"};
    return names[level];
}

void to_stderr(ald_log_level level, const char *domain, const char *message) noexcept {
    std::fprintf(stderr, "alidade %s: %s: %s\n", level_name(level), domain, message);
}

void to_sink(ald_log_level level, const std::string &domain, const std::string &message) {
    if (in_sink) {
        return;
    }
    state &s = the();
    const std::scoped_lock lock(s.sink_mutex);
    if (!s.to) {
        to_stderr(level, domain.c_str(), message.c_str());
        return;
    }
    const inside_library inside;
    const struct inside_sink {
        inside_sink() noexcept { in_sink = true; }
        ~inside_sink() { in_sink = false; }
    } now;
    s.to(wall_from_mono(mono_ns()), level, domain.c_str(), message.c_str());
}

void to_queues(ald_log_level level, const std::string &domain, const std::string &message) {
    state &s = the();
    std::vector<ref<queue>> told;
    {
        const std::scoped_lock lock(s.listeners_mutex);
        std::erase_if(s.listeners, [](const listener &l) { return l.to->closed(); });
        for (const listener &l : s.listeners) {
            if (level >= l.level) {
                told.push_back(l.to);
            }
        }
    }
    if (told.empty()) {
        return;
    }
    const auto payload = make<value_object>(
        map{{"level", level_name(level)}, {"domain", domain}, {"message", message}});
    for (const ref<queue> &to : told) {
        event e(ALD_EVENT_LOG_WRITTEN);
        e.record.value_type = ALD_TYPE_INT;
        e.record.integer = level;
        e.payload = payload;
        to->offer(std::move(e));
    }
}

} // namespace

void set_level(ald_log_level level) noexcept {
    the().level.store(level, std::memory_order_relaxed);
}

ald_log_level level() noexcept { return the().level.load(std::memory_order_relaxed); }

void write(ald_log_level level, std::string_view domain, std::string_view message) noexcept {
    if (level < log::level()) {
        return;
    }
    try {
        const std::string from = one_line(domain);
        const std::string text = one_line(message); // strings of devices end up here
        to_sink(level, from, text);
        to_queues(level, from, text);
    } catch (...) { // no memory for the line
    }
}

outcome set_sink(sink to) {
    if (in_sink) {
        return fail(ALD_E_STATE, "log", "a sink cannot replace itself while it runs; do it later");
    }
    state &s = the();
    {
        const std::scoped_lock lock(s.sink_mutex);
        s.to.swap(to);
    }
    return {}; // the old one is destroyed here, without the lock
}

outcome attach(ref<queue> to, ald_log_level level) {
    if (to->closed()) {
        return fail(ALD_E_CLOSED, "log", "the queue is closed; give an open one");
    }
    state &s = the();
    const std::scoped_lock lock(s.listeners_mutex);
    for (const listener &l : s.listeners) {
        if (l.to == to) {
            return fail(ALD_E_EXISTS, "log", "the queue is attached already; detach it first");
        }
    }
    s.listeners.push_back({std::move(to), level});
    return {};
}

outcome detach(const queue &from) {
    state &s = the();
    const std::scoped_lock lock(s.listeners_mutex);
    const auto gone =
        std::erase_if(s.listeners, [&](const listener &l) { return l.to.get() == &from; });
    if (gone == 0) {
        return fail(ALD_E_NOT_FOUND, "log", "the queue is not attached to the log");
    }
    return {};
}

} // namespace alidade::log
