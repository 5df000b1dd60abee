/**
 * @file
 * Callables: a function of the application, a script or a command, behind one handle.
 *
 * Arguments and result are values. Nothing needs a callable: whatever takes one has a pull twin.
 */
#ifndef ALIDADE_CALLABLE_H
#define ALIDADE_CALLABLE_H

#include <alidade/base.h>
#include <alidade/op.h>
#include <alidade/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Callable: called with a value, it gives a value. */
typedef struct ald_callable ald_callable;

/**
 * A function of the application.
 *
 * `arguments` is borrowed for the call. `cancel` is triggered when the caller gives up or the
 * deadline passes. `*result` receives an owned value, NULL stands for null. A function that fails
 * returns ALD_E_CALLBACK or another `ALD_E_<X>` and may set `*err` to an owned error. A number that
 * is no status counts as ALD_E_CALLBACK.
 */
typedef ald_status (*ald_callable_fn)(void *user_data, const ald_value *arguments,
                                      const ald_cancel *cancel, ald_value **result,
                                      ald_error **err);

/**
 * Makes a callable of a function.
 *
 * @param name borrowed for the call; UTF-8, for people.
 * @param fn runs on the thread of `ald_callable_call`, or on a worker of the library for
 *   `ald_callable_start_call`; several threads may run it at once. It may call any function of the
 *   library but `ald_shutdown`.
 * @param user_data passed to `fn` and `destroy`.
 * @param destroy runs exactly once, on any thread, after the last call of `fn`, also when this
 *   function fails; may be NULL.
 * @param out receives an owned callable.
 * @return ALD_OK, ALD_E_INVALID or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_callable_new(const char *name, ald_callable_fn fn, void *user_data,
                                    void (*destroy)(void *user_data), ald_callable **out,
                                    ald_error **err) ALD_NOEXCEPT;

/**
 * Calls a callable on this thread. It is told of the deadline and of `cancel` and ends when it
 * returns.
 *
 * @param callable borrowed for the call.
 * @param arguments borrowed for the call; NULL is null.
 * @param timeout_ns nanoseconds; -1 sets no deadline.
 * @param cancel borrowed for the call; may be NULL.
 * @param out receives an owned value; may be NULL.
 * @return ALD_OK; what the function returned; ALD_E_TIMEOUT if it gave up at the deadline;
 *   ALD_E_CLOSED.
 */
ALD_API ald_status ald_callable_call(const ald_callable *callable, const ald_value *arguments,
                                     int64_t timeout_ns, const ald_cancel *cancel, ald_value **out,
                                     ald_error **err) ALD_NOEXCEPT;

/**
 * Calls a callable on a worker thread of the library.
 *
 * @param callable shared until the operation has ended.
 * @param arguments shared; NULL is null.
 * @param timeout_ns nanoseconds; -1 sets no deadline.
 * @param op receives an owned operation; it gives what the function gives.
 * @return ALD_OK; ALD_E_CLOSED; ALD_E_LIMIT if no thread can be made.
 */
ALD_API ald_status ald_callable_start_call(const ald_callable *callable, const ald_value *arguments,
                                           int64_t timeout_ns, ald_op **op,
                                           ald_error **err) ALD_NOEXCEPT;

/**
 * Returns the name of a callable.
 *
 * @param callable borrowed for the call.
 * @return a string borrowed from the callable; "" for a bad handle.
 */
ALD_API const char *ald_callable_name(const ald_callable *callable) ALD_NOEXCEPT;

/**
 * Closes a callable: it cannot be called any more, running calls are cancelled and waited for. From
 * inside the function itself it returns at once.
 *
 * @param callable borrowed for the call; NULL does nothing.
 */
ALD_API void ald_callable_close(ald_callable *callable) ALD_NOEXCEPT;

/**
 * Takes one more reference to a callable.
 *
 * @param callable borrowed for the call; NULL does nothing.
 */
ALD_API void ald_callable_ref(const ald_callable *callable) ALD_NOEXCEPT;

/**
 * Gives a reference to a callable back; the last one closes it.
 *
 * @param callable owned; NULL does nothing.
 */
ALD_API void ald_callable_unref(const ald_callable *callable) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
