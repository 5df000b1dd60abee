/**
 * @file
 * A simulated optical bench, and simulated instruments that speak their vendors' protocols.
 *
 * The bench: a laser, a half-wave plate on a rotator, a polarizer, a blade on a stage's axis x, a
 * shutter, a power meter; and a camera that sees a sample at the stage's place. Mocks and simulated
 * instruments of one bench see the same light. What it does depends on its seed alone, and on what
 * is done to it when.
 *
 * A simulated instrument sits at a pseudo-terminal, which any program can open as a serial port.
 */
#ifndef ALIDADE_SIMULATION_H
#define ALIDADE_SIMULATION_H

#include <alidade/base.h>
#include <alidade/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A simulated optical bench. */
typedef struct ald_bench ald_bench;

/** A simulated instrument that is switched on. */
typedef struct ald_simulation ald_simulation;

/**
 * Makes a bench and, with a name, makes it known to devices of this process.
 *
 * @param name borrowed for the call; what devices' option "bench" and "sim:" URIs call it; "" for
 *   no name.
 * @param options borrowed for the call; a map: seed and quantities of `ald_bench_describe`; NULL
 *   for none.
 * @param out receives an owned bench.
 * @return ALD_OK; ALD_E_EXISTS if the name is taken; ALD_E_NOT_FOUND for an unknown option (names
 *   the nearest); ALD_E_INVALID or ALD_E_RANGE for a bad one.
 */
ALD_API ald_status ald_bench_new(const char *name, const ald_value *options, ald_bench **out,
                                 ald_error **err) ALD_NOEXCEPT;

/**
 * Describes what a bench consists of.
 *
 * @param bench borrowed for the call.
 * @param out receives an owned map: name, seed, quantities (a list of maps: name, type, unit, doc,
 *   writable, and min, max where there are any), axes (a list of names).
 * @return ALD_OK or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_bench_describe(const ald_bench *bench, ald_value **out,
                                      ald_error **err) ALD_NOEXCEPT;

/**
 * Tells a quantity of the bench now, as it really is: without noise.
 *
 * @param bench borrowed for the call.
 * @param quantity borrowed for the call; one of `ald_bench_describe`.
 * @param value receives the number, in the quantity's unit.
 * @return ALD_OK; ALD_E_NOT_FOUND for an unknown quantity (names the nearest).
 */
ALD_API ald_status ald_bench_get(const ald_bench *bench, const char *quantity, double *value,
                                 ald_error **err) ALD_NOEXCEPT;

/**
 * Changes a quantity of the bench.
 *
 * @param bench borrowed for the call.
 * @param quantity borrowed for the call; a writable one of `ald_bench_describe`.
 * @param value the number, in the quantity's unit.
 * @return ALD_OK; ALD_E_NOT_FOUND; ALD_E_UNSUPPORTED if it is not writable; ALD_E_RANGE or
 *   ALD_E_INVALID for a bad number.
 */
ALD_API ald_status ald_bench_set(ald_bench *bench, const char *quantity, double value,
                                 ald_error **err) ALD_NOEXCEPT;

/**
 * Takes one more reference to a bench.
 *
 * @param bench borrowed for the call; NULL does nothing.
 */
ALD_API void ald_bench_ref(const ald_bench *bench) ALD_NOEXCEPT;

/**
 * Gives a reference to a bench back. It stays as long as an instrument or a device uses it.
 *
 * @param bench owned; NULL does nothing.
 */
ALD_API void ald_bench_unref(const ald_bench *bench) ALD_NOEXCEPT;

/**
 * Lists the simulated instruments that this process knows.
 *
 * @param out receives an owned list of maps: name, driver, doc, options (as in `ald_driver_list`).
 * @return ALD_OK or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_simulation_list(ald_value **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Switches a simulated instrument on, at a pseudo-terminal or a TCP port of its own.
 *
 * @param instrument borrowed for the call; one of `ald_simulation_list`.
 * @param bench shared until it is switched off; NULL for a bench of its own.
 * @param options borrowed for the call; a map: the instrument's options, and "listen": "pty" (the
 *   default), "tcp" or "rfc2217" (127.0.0.1, a free port); NULL for none.
 * @param out receives an owned simulation.
 * @return ALD_OK; ALD_E_NOT_FOUND for an unknown instrument or option (names the nearest);
 *   ALD_E_INVALID or ALD_E_RANGE for a bad option; ALD_E_LIMIT if no pseudo-terminal can be had.
 */
ALD_API ald_status ald_simulation_start(const char *instrument, ald_bench *bench,
                                        const ald_value *options, ald_simulation **out,
                                        ald_error **err) ALD_NOEXCEPT;

/**
 * Returns where the instrument is found, for devices' option "uri".
 *
 * @param simulation borrowed for the call.
 * @return a string borrowed from the simulation, "serial:/dev/pts/3" or "tcp:127.0.0.1:40001"; ""
 *   for a bad handle.
 */
ALD_API const char *ald_simulation_uri(const ald_simulation *simulation) ALD_NOEXCEPT;

/**
 * Sets faults of the instrument's line. What is not named stays as it is.
 *
 * @param simulation borrowed for the call.
 * @param faults borrowed for the call; a map: delay (seconds before each reply), garble
 *   (probability that a byte is changed), truncate (bytes after which each reply is cut; -1 for
 *   none), drop (probability that a reply is lost), silence (bool: no reply at all), echo (bool:
 *   what comes goes back first), chunk (bytes per write; 0 for whole replies), chunk_pause (seconds
 *   between them), unplug_after (bytes of replies until the line is cut; -1 for never), seed,
 *   modem_lines (those that are on for a client of RFC 2217, as "cts,dsr,ri,cd").
 * @return ALD_OK; ALD_E_NOT_FOUND for an unknown fault (names the nearest); ALD_E_INVALID or
 *   ALD_E_RANGE for a bad one; ALD_E_CLOSED.
 */
ALD_API ald_status ald_simulation_set_faults(ald_simulation *simulation, const ald_value *faults,
                                             ald_error **err) ALD_NOEXCEPT;

/**
 * Sends bytes as if the instrument had said them by itself.
 *
 * @param simulation borrowed for the call.
 * @param data borrowed for the call.
 * @param size bytes.
 * @return ALD_OK; ALD_E_CLOSED; ALD_E_DISCONNECTED if it is unplugged.
 */
ALD_API ald_status ald_simulation_say(ald_simulation *simulation, const void *data, size_t size,
                                      ald_error **err) ALD_NOEXCEPT;

/**
 * Cuts the instrument's line: whoever has it open finds it gone.
 *
 * @param simulation borrowed for the call.
 * @return ALD_OK or ALD_E_CLOSED.
 */
ALD_API ald_status ald_simulation_unplug(ald_simulation *simulation, ald_error **err) ALD_NOEXCEPT;

/**
 * Connects an unplugged instrument again; its URI may be another one afterwards.
 *
 * @param simulation borrowed for the call.
 * @return ALD_OK; ALD_E_CLOSED; ALD_E_LIMIT if no pseudo-terminal can be had.
 */
ALD_API ald_status ald_simulation_plug(ald_simulation *simulation, ald_error **err) ALD_NOEXCEPT;

/**
 * Switches an instrument off.
 *
 * @param simulation borrowed for the call; NULL does nothing.
 */
ALD_API void ald_simulation_close(ald_simulation *simulation) ALD_NOEXCEPT;

/**
 * Takes one more reference to a simulated instrument.
 *
 * @param simulation borrowed for the call; NULL does nothing.
 */
ALD_API void ald_simulation_ref(const ald_simulation *simulation) ALD_NOEXCEPT;

/**
 * Gives a reference to a simulated instrument back; the last one switches it off.
 *
 * @param simulation owned; NULL does nothing.
 */
ALD_API void ald_simulation_unref(const ald_simulation *simulation) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
