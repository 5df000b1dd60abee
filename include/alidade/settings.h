/**
 * @file
 * Settings read from TOML (https://toml.io, version 1.0), with errors that name file, line, key and
 * the nearest known key.
 */
#ifndef ALIDADE_SETTINGS_H
#define ALIDADE_SETTINGS_H

#include <alidade/base.h>
#include <alidade/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A parsed settings file. Never changes. */
typedef struct ald_settings ald_settings;

/**
 * Reads a settings file.
 *
 * @param path borrowed for the call; UTF-8.
 * @param out receives owned settings.
 * @return ALD_OK; ALD_E_NOT_FOUND, ALD_E_PERMISSION or ALD_E_IO from the file system;
 *   ALD_E_CORRUPT if it is no TOML (names line and column); ALD_E_LIMIT beyond 16 MiB.
 */
ALD_API ald_status ald_settings_load(const char *path, ald_settings **out,
                                     ald_error **err) ALD_NOEXCEPT;

/**
 * Reads settings from text.
 *
 * @param text borrowed for the call; UTF-8.
 * @param size bytes.
 * @param name borrowed for the call; what errors call the text; NULL is "settings".
 * @param out receives owned settings.
 * @return ALD_OK; ALD_E_CORRUPT if it is no TOML (names line and column); ALD_E_LIMIT.
 */
ALD_API ald_status ald_settings_parse(const char *text, size_t size, const char *name,
                                      ald_settings **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Returns the whole file or the part under a key. Dates and times become strings (RFC 3339).
 *
 * @param settings borrowed for the call.
 * @param key borrowed for the call; names joined by dots, list items by their number
 *   ("devices.stage.limits.0"); NULL or "" for the whole.
 * @param out receives an owned value.
 * @return ALD_OK or ALD_E_NOT_FOUND (names the nearest key).
 */
ALD_API ald_status ald_settings_get(const ald_settings *settings, const char *key, ald_value **out,
                                    ald_error **err) ALD_NOEXCEPT;

/**
 * Tells where a key stands in the file.
 *
 * @param settings borrowed for the call.
 * @param key borrowed for the call; as in `ald_settings_get`.
 * @param line receives the line, from 1.
 * @param column receives the column, from 1; may be NULL.
 * @return ALD_OK or ALD_E_NOT_FOUND (names the nearest key).
 */
ALD_API ald_status ald_settings_where(const ald_settings *settings, const char *key, int64_t *line,
                                      int64_t *column, ald_error **err) ALD_NOEXCEPT;

/**
 * Checks the keys of a table against schema records: unknown keys, missing keys, types, limits.
 *
 * @param settings borrowed for the call.
 * @param key borrowed for the call; the table; NULL or "" for the whole file.
 * @param records the schema records of the keys that the table may have; borrowed for the call.
 * @param stride bytes from one record to the next.
 * @param count number of records.
 * @return ALD_OK; ALD_E_NOT_FOUND for an unknown key (names the nearest known one);
 *   ALD_E_INVALID for a missing key or a wrong type; ALD_E_RANGE outside the limits. The error's
 *   place is "file:line:column".
 */
ALD_API ald_status ald_settings_check(const ald_settings *settings, const char *key,
                                      const ald_schema *records, size_t stride, int64_t count,
                                      ald_error **err) ALD_NOEXCEPT;

/**
 * Takes one more reference to settings.
 *
 * @param settings borrowed for the call; NULL does nothing.
 */
ALD_API void ald_settings_ref(const ald_settings *settings) ALD_NOEXCEPT;

/**
 * Gives a reference to settings back.
 *
 * @param settings owned; NULL does nothing.
 */
ALD_API void ald_settings_unref(const ald_settings *settings) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
