/**
 * @file
 * The log: one for the process. Lines go to one sink (by default standard error from WARNING on)
 * and to any number of queues.
 */
#ifndef ALIDADE_LOG_H
#define ALIDADE_LOG_H

#include <alidade/base.h>
#include <alidade/queue.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Levels of log lines. */
typedef int32_t ald_log_level;

/** Levels of log lines. */
enum {
    ALD_LOG_TRACE = 0,
    ALD_LOG_DEBUG = 1,
    ALD_LOG_INFO = 2,
    ALD_LOG_WARNING = 3,
    ALD_LOG_ERROR = 4,
    /** Off: nothing is written. */
    ALD_LOG_OFF = 5
};

/**
 * Sets the least level that is written. It is WARNING at the start.
 *
 * @param level `ALD_LOG_<X>`.
 * @return ALD_OK or ALD_E_INVALID.
 */
ALD_API ald_status ald_log_set_level(ald_log_level level, ald_error **err) ALD_NOEXCEPT;

/**
 * Returns the least level that is written.
 *
 * @return `ALD_LOG_<X>`.
 */
ALD_API ald_log_level ald_log_get_level(void) ALD_NOEXCEPT;

/**
 * Writes a line.
 *
 * @param level ALD_LOG_TRACE to ALD_LOG_ERROR.
 * @param domain borrowed for the call; who speaks; NULL is "application".
 * @param message borrowed for the call; UTF-8; control characters are escaped.
 * @return ALD_OK or ALD_E_INVALID.
 */
ALD_API ald_status ald_log_write(ald_log_level level, const char *domain, const char *message,
                                 ald_error **err) ALD_NOEXCEPT;

/**
 * Puts a function in the place of standard error.
 *
 * @param sink runs on the thread that writes the line, one line at a time; it must not block; what
 *   it writes to the log itself goes to the queues only. `t_wall_ns` is UTC. NULL goes back to
 *   standard error.
 * @param user_data passed to `sink` and `destroy`.
 * @param destroy runs exactly once, after the last call of `sink`, also when this function fails;
 *   may be NULL.
 * @return ALD_OK; ALD_E_STATE from inside a sink.
 */
ALD_API ald_status ald_log_set_sink(void (*sink)(void *user_data, int64_t t_wall_ns,
                                                 ald_log_level level, const char *domain,
                                                 const char *message),
                                    void *user_data, void (*destroy)(void *user_data),
                                    ald_error **err) ALD_NOEXCEPT;

/**
 * Attaches a queue, which gets every line from now on too, as `log.written` records.
 *
 * @param queue shared until it is detached or closed.
 * @param level the least level that this queue gets; lines below the log's own level are not made.
 * @return ALD_OK; ALD_E_EXISTS if it is attached already; ALD_E_INVALID; ALD_E_CLOSED.
 */
ALD_API ald_status ald_log_attach(ald_queue *queue, ald_log_level level,
                                  ald_error **err) ALD_NOEXCEPT;

/**
 * Ends what `ald_log_attach` began.
 *
 * @param queue borrowed for the call.
 * @return ALD_OK; ALD_E_NOT_FOUND if it is not attached.
 */
ALD_API ald_status ald_log_detach(ald_queue *queue, ald_error **err) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
