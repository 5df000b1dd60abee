#include "base/log.hpp"

#include "base/boundary/guard.hpp"

#include <memory>

using namespace alidade;

namespace {

outcome check_level(ald_log_level level, ald_log_level last) {
    if (level < ALD_LOG_TRACE || level > last) {
        return fail(ALD_E_INVALID, "log", "level is {}; expected one of ALD_LOG_<X>", level);
    }
    return {};
}

} // namespace

ald_status ald_log_set_level(ald_log_level level, ald_error **err) noexcept {
    return call(err, in(), out(), [&] {
        return check_level(level, ALD_LOG_OFF).map([&] { log::set_level(level); });
    });
}

ald_log_level ald_log_get_level(void) noexcept { return log::level(); }

ald_status ald_log_write(ald_log_level level, const char *domain, const char *message,
                         ald_error **err) noexcept {
    return call(err, in(), out(), [&]() -> outcome {
        if (auto known = check_level(level, ALD_LOG_ERROR); !known) {
            return known;
        }
        const auto from = text(domain != nullptr ? domain : "application", "domain");
        if (!from) {
            return failure(from.error());
        }
        return text(message, "message").map([&](const std::string &line) {
            log::write(level, *from, line);
        });
    });
}

ald_status ald_log_set_sink(void (*sink)(void *user_data, int64_t t_wall_ns, ald_log_level level,
                                         const char *domain, const char *message),
                            void *user_data, void (*destroy)(void *user_data),
                            ald_error **err) noexcept {
    user_data_owner data(user_data, destroy);
    return call(err, in(), out(), [&]() -> outcome {
        if (sink == nullptr) {
            return log::set_sink({});
        }
        return log::set_sink([sink, owner = data.share()](int64_t t_wall_ns, ald_log_level level,
                                                          const char *domain, const char *message) {
            sink(owner.get(), t_wall_ns, level, domain, message);
        });
    });
}

ald_status ald_log_attach(ald_queue *queue, ald_log_level level, ald_error **err) noexcept {
    return call(err, in(queue), out(), [&](auto &q) {
        return check_level(level, ALD_LOG_OFF).and_then([&] {
            return log::attach(ref<alidade::queue>::share(&q), level);
        });
    });
}

ald_status ald_log_detach(ald_queue *queue, ald_error **err) noexcept {
    return call(err, in(queue), out(), [](auto &q) { return log::detach(q); });
}
