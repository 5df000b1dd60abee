/**
 * @file
 * The whole interface of alidade but the one for drivers, which is in alidade/driver.h.
 *
 * The smallest program that moves something, with nothing that can hang and nothing that is lost:
 *
 *     ald_error *err = NULL;
 *     ald_device *stage = NULL;
 *     if (ald_device_new("stage", "mock-movable", NULL, &stage, &err) == ALD_OK &&
 *         ald_device_open(stage, ALD_WAIT_DEFAULT, NULL, &err) == ALD_OK &&
 *         ald_movable_move_abs(stage, 10.0, ALD_WAIT_DEFAULT, NULL, &err) == ALD_OK) {
 *         puts("it stands at 10 mm");
 *     } else {
 *         fprintf(stderr, "%s: %s\n", ald_error_where(err), ald_error_message(err));
 *     }
 *     ald_device_close(stage);
 *     ald_device_unref(stage);
 *     ald_error_unref(err);
 *
 * **Errors.** What can fail returns an `ald_status`, 0 or negative, and takes `ald_error **err`
 * last, which may be NULL. After a failure `*err` is an owned error with a message that says what
 * was wrong, what was expected and what to do; pointer outputs are NULL, other outputs untouched.
 * After a success `*err` is NULL. Getters without `err` return what their comment names for a bad
 * handle: NULL, "", -1 or NaN.
 *
 * **Handles are tokens, no pointers.** A number with a generation stands in them, so that NULL,
 * garbage, another kind and what was given back already are refused with ALD_E_INVALID; nothing
 * may be read behind them, and two handles to one object are equal.
 *
 * **Ownership.** *Owned*: give it back by its `_unref`, once. *Borrowed for the call*: the library
 * keeps nothing of it. *Borrowed from X*: valid until X is given back or changed. *Shared*: both
 * sides go on using it. An argument that is kept is referenced by the library itself: a caller may
 * give its own reference back as soon as the call has returned. `_close` ends what an object does,
 * for everybody; `_unref` ends one caller's interest in it.
 *
 * **Timeouts.** What waits takes `timeout_ns` and an `ald_cancel`, which may be NULL. Nanoseconds;
 * ALD_WAIT_NOT (0) looks and does not wait; ALD_WAIT_FOREVER (-1) waits without limit;
 * ALD_WAIT_DEFAULT (-2) takes the device's own limit. The time counts from the call, queueing
 * included. ALD_E_TIMEOUT and ALD_E_CANCELLED leave nothing half done: a move has been stopped, an
 * answer that comes late is never taken for the next one. `ald_..._start_...` returns an `ald_op`
 * at once instead.
 *
 * **Threads.** Any function may be called on any thread, two at once also with one object:
 * - a wait and `ald_cancel_trigger`, `ald_op_cancel` or `_close`: the wait ends at once;
 * - a move and `ald_movable_stop` or `ald_lab_emergency_stop`: the stop goes before all that waits;
 * - two moves of one axis: the second one gives ALD_E_BUSY; of two axes, also of one controller:
 *   both go on;
 * - `ald_queue_push` and `ald_queue_next`: any number that push, one that reads;
 * - any call and `_unref` of the handle that it was given: the call ends as it would have, and the
 *   object lives as long; a call that begins afterwards is refused;
 * - `ald_value_append` or `ald_value_set` and any other call with that very value: not allowed;
 * - any call and `ald_shutdown`: ALD_E_CANCELLED or ALD_E_CLOSED;
 * - anything in a forked child: ALD_E_FORKED.
 * From a signal handler only functions whose `@thread` line says so may be called. Callbacks run on
 * the threads that their comments name, and no lock is held while they run.
 *
 * **Records** begin with `struct_size`. Their `_init` function sets it, with `sizeof` as the caller
 * knows it, and all else to its usual value; call it before anything else. That is how programs and
 * libraries of different ages understand each other: neither reads or writes beyond what the other
 * has. Records that the library hands to a callback have it set already.
 */
#ifndef ALIDADE_H
#define ALIDADE_H

/* lib/gen writes the list of headers from here */
#include <alidade/arrangement.h>
#include <alidade/base.h>
#include <alidade/buffer.h>
#include <alidade/callable.h>
#include <alidade/camera.h>
#include <alidade/clock.h>
#include <alidade/device.h>
#include <alidade/fit.h>
#include <alidade/frame.h>
#include <alidade/lab.h>
#include <alidade/log.h>
#include <alidade/movable.h>
#include <alidade/number.h>
#include <alidade/op.h>
#include <alidade/port.h>
#include <alidade/queue.h>
#include <alidade/readable.h>
#include <alidade/settable.h>
#include <alidade/settings.h>
#include <alidade/shutter.h>
#include <alidade/simulation.h>
#include <alidade/source.h>
#include <alidade/stream.h>
#include <alidade/value.h>
/* to here */

#endif
