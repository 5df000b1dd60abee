/**
 * @file
 * Values, the records that describe them, and units.
 *
 * A value is null, bool, int64, double, string, bytes, list, map, array or handle. It is used for
 * properties, options, results, settings and events alike. int64 and double never change into
 * each other by themselves. Depth is at most 64.
 *
 * CBOR (RFC 8949, arrays by RFC 8746) is exact for all but handles. JSON has two modes: plain, for
 * people and other tools, and tagged, which is exact.
 */
#ifndef ALIDADE_VALUE_H
#define ALIDADE_VALUE_H

#include <alidade/base.h>
#include <alidade/buffer.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A value. Scalars never change; lists and maps change only through `ald_value_append` and
 * `ald_value_set`, which copy when somebody else holds the same list or map.
 */
typedef struct ald_value ald_value;

/** Types of values. */
typedef int32_t ald_type;

/** Types of values. */
enum {
    ALD_TYPE_NULL = 0,
    ALD_TYPE_BOOL = 1,
    ALD_TYPE_INT = 2,
    ALD_TYPE_DOUBLE = 3,
    ALD_TYPE_STRING = 4,
    ALD_TYPE_BYTES = 5,
    ALD_TYPE_LIST = 6,
    ALD_TYPE_MAP = 7,
    ALD_TYPE_ARRAY = 8,
    ALD_TYPE_HANDLE = 9,
    /** In schema records only: any type will do. */
    ALD_TYPE_ANY = 10
};

/** Depth to which lists and maps may be nested. */
enum { ALD_VALUE_DEPTH_MAX = 64 };

/** Ways to write a value as JSON. */
enum {
    /** For people and other tools. Lossy: bytes become base64 text, arrays nested lists, NaN and
       infinities null. */
    ALD_JSON_PLAIN = 0,
    /** Exact for all but handles: what JSON cannot say becomes {"$type": ...}. */
    ALD_JSON_TAGGED = 1
};

/**
 * Makes a null.
 *
 * @param out receives an owned value.
 * @return ALD_OK or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_value_new_null(ald_value **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Makes a bool.
 *
 * @param x 0 is false, anything else true.
 * @param out receives an owned value.
 * @return ALD_OK or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_value_new_bool(int32_t x, ald_value **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Makes an int64.
 *
 * @param x the number.
 * @param out receives an owned value.
 * @return ALD_OK or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_value_new_int(int64_t x, ald_value **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Makes a double.
 *
 * @param x the number; NaN and infinities are kept.
 * @param out receives an owned value.
 * @return ALD_OK or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_value_new_double(double x, ald_value **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Makes a string.
 *
 * @param text borrowed for the call; valid UTF-8; may contain NULs.
 * @param size bytes.
 * @param out receives an owned value.
 * @return ALD_OK, ALD_E_INVALID (not UTF-8; names the byte offset) or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_value_new_string(const char *text, size_t size, ald_value **out,
                                        ald_error **err) ALD_NOEXCEPT;

/**
 * Makes a value of bytes.
 *
 * @param data borrowed for the call; NULL only with size 0.
 * @param size bytes.
 * @param out receives an owned value.
 * @return ALD_OK, ALD_E_INVALID or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_value_new_bytes(const void *data, size_t size, ald_value **out,
                                       ald_error **err) ALD_NOEXCEPT;

/**
 * Makes an empty list.
 *
 * @param out receives an owned value.
 * @return ALD_OK or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_value_new_list(ald_value **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Makes an empty map. Keys are strings; the order of insertion is kept.
 *
 * @param out receives an owned value.
 * @return ALD_OK or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_value_new_map(ald_value **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Makes an array value of a view, without a copy.
 *
 * @param buffer shared; kept alive by the value.
 * @param view borrowed for the call; must lie inside the buffer.
 * @param out receives an owned value.
 * @return ALD_OK, ALD_E_INVALID, ALD_E_RANGE or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_value_new_array(const ald_buffer *buffer, const ald_view *view,
                                       ald_value **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Makes a value that refers to another object and keeps it open.
 *
 * @param handle shared; any kind but value and error.
 * @param out receives an owned value.
 * @return ALD_OK, ALD_E_INVALID or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_value_new_handle(const void *handle, ald_value **out,
                                        ald_error **err) ALD_NOEXCEPT;

/**
 * Returns the type of a value.
 *
 * @param value borrowed for the call.
 * @return `ALD_TYPE_<X>`; -1 for a bad handle.
 */
ALD_API ald_type ald_value_type(const ald_value *value) ALD_NOEXCEPT;

/**
 * Names a type: "double".
 *
 * @param type `ALD_TYPE_<X>`.
 * @return a static string; "" for an unknown type.
 */
ALD_API const char *ald_type_name(ald_type type) ALD_NOEXCEPT;

/**
 * Reads a bool.
 *
 * @param value borrowed for the call.
 * @param out receives 0 or 1.
 * @return ALD_OK or ALD_E_INVALID (wrong type: names both).
 */
ALD_API ald_status ald_value_get_bool(const ald_value *value, int32_t *out,
                                      ald_error **err) ALD_NOEXCEPT;

/**
 * Reads an int64. A double is refused, whatever its value.
 *
 * @param value borrowed for the call.
 * @param out receives the number.
 * @return ALD_OK or ALD_E_INVALID (wrong type: names both).
 */
ALD_API ald_status ald_value_get_int(const ald_value *value, int64_t *out,
                                     ald_error **err) ALD_NOEXCEPT;

/**
 * Reads a double. An int64 is refused, whatever its value.
 *
 * @param value borrowed for the call.
 * @param out receives the number.
 * @return ALD_OK or ALD_E_INVALID (wrong type: names both).
 */
ALD_API ald_status ald_value_get_double(const ald_value *value, double *out,
                                        ald_error **err) ALD_NOEXCEPT;

/**
 * Reads a string.
 *
 * @param value borrowed for the call.
 * @param text receives UTF-8 borrowed from the value, NUL-terminated.
 * @param size receives its size in bytes without the terminator; may be NULL.
 * @return ALD_OK or ALD_E_INVALID (wrong type: names both).
 */
ALD_API ald_status ald_value_get_string(const ald_value *value, const char **text, size_t *size,
                                        ald_error **err) ALD_NOEXCEPT;

/**
 * Reads bytes.
 *
 * @param value borrowed for the call.
 * @param data receives an address borrowed from the value.
 * @param size receives the number of bytes.
 * @return ALD_OK or ALD_E_INVALID (wrong type: names both).
 */
ALD_API ald_status ald_value_get_bytes(const ald_value *value, const void **data, size_t *size,
                                       ald_error **err) ALD_NOEXCEPT;

/**
 * Reads an array, without a copy.
 *
 * @param value borrowed for the call.
 * @param buffer receives an owned buffer.
 * @param view receives the view; `struct_size` must be set.
 * @return ALD_OK or ALD_E_INVALID (wrong type: names both).
 */
ALD_API ald_status ald_value_get_array(const ald_value *value, ald_buffer **buffer, ald_view *view,
                                       ald_error **err) ALD_NOEXCEPT;

/**
 * Reads a handle.
 *
 * @param value borrowed for the call.
 * @param handle receives an owned handle; `ald_handle_kind` tells its kind.
 * @return ALD_OK or ALD_E_INVALID (wrong type: names both).
 */
ALD_API ald_status ald_value_get_handle(const ald_value *value, void **handle,
                                        ald_error **err) ALD_NOEXCEPT;

/**
 * Returns how many items a list or a map has.
 *
 * @param value borrowed for the call.
 * @return the number; -1 for a bad handle or another type.
 */
ALD_API int64_t ald_value_count(const ald_value *value) ALD_NOEXCEPT;

/**
 * Reads an item of a list, or the item of a map by its place in the order of insertion.
 *
 * @param value borrowed for the call.
 * @param index 0 to count - 1.
 * @param out receives an owned value.
 * @return ALD_OK, ALD_E_INVALID (neither list nor map) or ALD_E_RANGE.
 */
ALD_API ald_status ald_value_at(const ald_value *value, int64_t index, ald_value **out,
                                ald_error **err) ALD_NOEXCEPT;

/**
 * Reads a key of a map by its place in the order of insertion.
 *
 * @param value borrowed for the call.
 * @param index 0 to count - 1.
 * @param key receives UTF-8 borrowed from the value until it is changed, NUL-terminated.
 * @param size receives its size in bytes without the terminator; may be NULL.
 * @return ALD_OK, ALD_E_INVALID (no map) or ALD_E_RANGE.
 */
ALD_API ald_status ald_value_key_at(const ald_value *value, int64_t index, const char **key,
                                    size_t *size, ald_error **err) ALD_NOEXCEPT;

/**
 * Reads the item of a map by its key.
 *
 * @param value borrowed for the call.
 * @param key borrowed for the call.
 * @param out receives an owned value.
 * @return ALD_OK, ALD_E_INVALID (no map) or ALD_E_NOT_FOUND.
 */
ALD_API ald_status ald_value_get(const ald_value *value, const char *key, ald_value **out,
                                 ald_error **err) ALD_NOEXCEPT;

/**
 * Appends an item to a list.
 *
 * @param value borrowed for the call; a list.
 * @param item shared; later changes of the item do not show in the list.
 * @return ALD_OK, ALD_E_INVALID, ALD_E_LIMIT (deeper than ALD_VALUE_DEPTH_MAX) or ALD_E_NO_MEMORY.
 * @thread any, but not while another thread uses the same value.
 */
ALD_API ald_status ald_value_append(ald_value *value, const ald_value *item,
                                    ald_error **err) ALD_NOEXCEPT;

/**
 * Sets the item of a map; a new key goes to the end.
 *
 * @param value borrowed for the call; a map.
 * @param key borrowed for the call; valid UTF-8; may contain NULs.
 * @param key_size bytes of the key.
 * @param item shared; later changes of the item do not show in the map.
 * @return ALD_OK, ALD_E_INVALID, ALD_E_LIMIT (deeper than ALD_VALUE_DEPTH_MAX) or ALD_E_NO_MEMORY.
 * @thread any, but not while another thread uses the same value.
 */
ALD_API ald_status ald_value_set(ald_value *value, const char *key, size_t key_size,
                                 const ald_value *item, ald_error **err) ALD_NOEXCEPT;

/**
 * Tells whether two values are the same: type, content and, in maps, order. NaN equals NaN.
 *
 * @param a borrowed for the call.
 * @param b borrowed for the call.
 * @return 1 or 0; -1 for a bad handle.
 */
ALD_API int32_t ald_value_equal(const ald_value *a, const ald_value *b) ALD_NOEXCEPT;

/**
 * Takes one more reference to a value.
 *
 * @param value borrowed for the call; NULL does nothing.
 */
ALD_API void ald_value_ref(const ald_value *value) ALD_NOEXCEPT;

/**
 * Gives a reference to a value back.
 *
 * @param value owned; NULL does nothing.
 */
ALD_API void ald_value_unref(const ald_value *value) ALD_NOEXCEPT;

/**
 * Writes a value as CBOR (RFC 8949): shortest integers, doubles always as 64 bits, arrays with the
 * tags of RFC 8746.
 *
 * @param value borrowed for the call.
 * @param out receives an owned read-only buffer.
 * @return ALD_OK, ALD_E_INVALID, ALD_E_UNSUPPORTED (a handle: names where) or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_value_to_cbor(const ald_value *value, ald_buffer **out,
                                     ald_error **err) ALD_NOEXCEPT;

/**
 * Reads a value from CBOR. All of the data must be one item.
 *
 * @param data borrowed for the call.
 * @param size bytes.
 * @param out receives an owned value.
 * @return ALD_OK; ALD_E_CORRUPT (names the byte offset); ALD_E_LIMIT (too deep, or an integer
 *   beyond 64 bits); ALD_E_UNSUPPORTED (a tag or a key that values do not have); ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_value_from_cbor(const void *data, size_t size, ald_value **out,
                                       ald_error **err) ALD_NOEXCEPT;

/**
 * Writes a value as JSON.
 *
 * @param value borrowed for the call.
 * @param mode ALD_JSON_PLAIN or ALD_JSON_TAGGED.
 * @param indent blanks per level; 0 writes one line.
 * @param out receives an owned read-only buffer of UTF-8, NUL-terminated; the NUL does not count in
 * its size.
 * @return ALD_OK, ALD_E_INVALID, ALD_E_UNSUPPORTED (a handle in tagged mode) or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_value_to_json(const ald_value *value, int32_t mode, int32_t indent,
                                     ald_buffer **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Reads a value from JSON. A number with a point or an exponent is a double, any other an int64.
 *
 * @param text borrowed for the call; UTF-8.
 * @param size bytes.
 * @param mode ALD_JSON_PLAIN takes {"$type": ...} as an ordinary map, ALD_JSON_TAGGED as what it
 * tags.
 * @param out receives an owned value.
 * @return ALD_OK; ALD_E_CORRUPT (names the byte offset); ALD_E_LIMIT (too deep, or an integer
 *   beyond 64 bits); ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_value_from_json(const char *text, size_t size, int32_t mode, ald_value **out,
                                       ald_error **err) ALD_NOEXCEPT;

/** Flags of a schema record. */
enum {
    /** May be read. */
    ALD_SCHEMA_READ = 1,
    /** May be written. */
    ALD_SCHEMA_WRITE = 2,
    /** Never changes while the object is open. */
    ALD_SCHEMA_CONSTANT = 4,
    /** Must be given. */
    ALD_SCHEMA_REQUIRED = 8,
    /** Writing it starts a motion or an exposure: refused while an emergency stop holds. */
    ALD_SCHEMA_STARTS = 16
};

/** Describes a property, an option, a parameter or a key of a settings file. */
typedef struct ald_schema {
    /** Size of this record in bytes, set by `ald_schema_init`. */
    uint32_t struct_size;
    /** Type of the value, `ALD_TYPE_<X>`; a double also takes an int64 where it is checked. */
    ald_type type;
    /** Name; UTF-8. */
    const char *name;
    /** UCUM unit of the number, "1" or "" for none. */
    const char *unit;
    /** Description of its meaning, one sentence; UTF-8. */
    const char *doc;
    /** Least number allowed; NaN for no limit. */
    double min;
    /** Greatest number allowed; NaN for no limit. */
    double max;
    /** Smallest change; NaN if unknown. Never enforced. */
    double step;
    /** A list of the only values allowed; NULL for no such list. */
    const ald_value *choices;
    /** The value where none is given; NULL for none. */
    const ald_value *initial;
    /** `ALD_SCHEMA_<X>` flags. */
    uint64_t flags;
} ald_schema;

/**
 * Fills a schema record: any type, no limits, readable.
 *
 * @param schema borrowed for the call; NULL does nothing.
 * @param struct_size sizeof(ald_schema) of the caller.
 */
ALD_API void ald_schema_init(ald_schema *schema, uint32_t struct_size) ALD_NOEXCEPT;

/**
 * Checks a value against a schema record: type, NaN, limits, choices.
 *
 * @param schema borrowed for the call.
 * @param value borrowed for the call.
 * @return ALD_OK; ALD_E_INVALID for a wrong type, NaN or no choice; ALD_E_RANGE outside the limits
 *   (names limit and unit).
 */
ALD_API ald_status ald_schema_check(const ald_schema *schema, const ald_value *value,
                                    ald_error **err) ALD_NOEXCEPT;

/**
 * Converts a number from one UCUM unit to another: "um" to "mm", "Cel" to "K", "deg" to "rad".
 *
 * @param x the number.
 * @param from borrowed for the call; the unit it is in.
 * @param to borrowed for the call; the unit wanted.
 * @param out receives the number.
 * @return ALD_OK; ALD_E_INVALID for an unknown unit or two that measure different things.
 */
ALD_API ald_status ald_unit_convert(double x, const char *from, const char *to, double *out,
                                    ald_error **err) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
