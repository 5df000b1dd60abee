// The log of the process: one sink and any number of queues.
#pragma once

#include "base/async/queue.hpp"

#include <alidade/log.h>

#include <functional>
#include <string_view>

namespace alidade::log {

using sink = std::function<void(std::int64_t t_wall_ns, ald_log_level level, const char *domain,
                                const char *message)>;

void set_level(ald_log_level level) noexcept;
[[nodiscard]] ald_log_level level() noexcept;

// Never fails: a line for which there is no memory is lost.
void write(ald_log_level level, std::string_view domain, std::string_view message) noexcept;

// An empty function goes back to standard error. Once this returns the old one is not running.
[[nodiscard]] outcome set_sink(sink s);
[[nodiscard]] outcome attach(ref<queue> to, ald_log_level level);
[[nodiscard]] outcome detach(const queue &from);

} // namespace alidade::log
