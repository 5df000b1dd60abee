/**
 * @file
 * Memory that several owners share, and typed views of it.
 *
 * A buffer has a fixed address for its whole life. A view is a plain record: it says how to read
 * a buffer's bytes as an array and owns nothing. Both go to and come from other array libraries
 * through DLPack (https://dmlc.github.io/dlpack/latest/c_api.html) without a copy.
 */
#ifndef ALIDADE_BUFFER_H
#define ALIDADE_BUFFER_H

#include <alidade/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A block of memory with a reference count. */
typedef struct ald_buffer ald_buffer;

/** Element types of arrays. */
typedef int32_t ald_dtype;

/** Element types of arrays; complex numbers are pairs (real, imaginary). */
enum {
    ALD_DTYPE_BOOL = 1,
    ALD_DTYPE_INT8 = 2,
    ALD_DTYPE_INT16 = 3,
    ALD_DTYPE_INT32 = 4,
    ALD_DTYPE_INT64 = 5,
    ALD_DTYPE_UINT8 = 6,
    ALD_DTYPE_UINT16 = 7,
    ALD_DTYPE_UINT32 = 8,
    ALD_DTYPE_UINT64 = 9,
    ALD_DTYPE_FLOAT16 = 10,
    ALD_DTYPE_FLOAT32 = 11,
    ALD_DTYPE_FLOAT64 = 12,
    ALD_DTYPE_COMPLEX64 = 13,
    ALD_DTYPE_COMPLEX128 = 14
};

/** Most dimensions that a view can have. */
enum { ALD_NDIM_MAX = 8 };

/** Flags of a view. */
enum {
    /** The memory must not be written. */
    ALD_VIEW_READONLY = 1
};

/** Layout of an array in memory. Owns nothing. */
typedef struct ald_view {
    /** Size of this record in bytes, set by `ald_view_init`. */
    uint32_t struct_size;
    /** Element type, `ALD_DTYPE_<X>`. */
    ald_dtype dtype;
    /** Address of the element with all indices 0; NULL only if there are no elements. */
    void *data;
    /** Number of dimensions, 0 (a scalar) to ALD_NDIM_MAX. */
    int32_t ndim;
    /** Zero. */
    int32_t reserved;
    /** `ALD_VIEW_<X>` flags. */
    uint64_t flags;
    /** Number of elements along each dimension. */
    int64_t shape[8];
    /** Distance in bytes between neighbours along each dimension; may be negative or 0. */
    int64_t strides[8];
} ald_view;

/**
 * Fills a view with an empty one-dimensional float64 array.
 *
 * @param view borrowed for the call; NULL does nothing.
 * @param struct_size sizeof(ald_view) of the caller.
 */
ALD_API void ald_view_init(ald_view *view, uint32_t struct_size) ALD_NOEXCEPT;

/**
 * Returns the size of one element.
 *
 * @param dtype `ALD_DTYPE_<X>`.
 * @return bytes; 0 for an unknown type.
 */
ALD_API int32_t ald_dtype_size(ald_dtype dtype) ALD_NOEXCEPT;

/**
 * Names an element type as NumPy does: "float64".
 *
 * @param dtype `ALD_DTYPE_<X>`.
 * @return a static string; "" for an unknown type.
 */
ALD_API const char *ald_dtype_name(ald_dtype dtype) ALD_NOEXCEPT;

/**
 * Makes a buffer of zero bytes, aligned to 64 or more.
 *
 * @param size bytes; 0 is allowed.
 * @param out receives an owned buffer.
 * @return ALD_OK or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_buffer_new(size_t size, ald_buffer **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Makes a buffer of memory that somebody else owns.
 *
 * @param data address; must stay valid until `release` runs; NULL only with size 0.
 * @param size bytes.
 * @param readonly 1 if nobody may write through the buffer.
 * @param release runs exactly once, on any thread, when the last reference is gone, or before this
 *   function returns if it fails; may be NULL. It must not block and must not call the library's
 *   blocking functions.
 * @param user_data passed to `release`.
 * @param out receives an owned buffer.
 * @return ALD_OK, ALD_E_INVALID or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_buffer_wrap(void *data, size_t size, int32_t readonly,
                                   void (*release)(void *user_data), void *user_data,
                                   ald_buffer **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Returns the address of a buffer's first byte.
 *
 * @param buffer borrowed for the call.
 * @return an address borrowed from the buffer; NULL for an empty buffer or a bad handle.
 */
ALD_API void *ald_buffer_data(const ald_buffer *buffer) ALD_NOEXCEPT;

/**
 * Returns the size of a buffer.
 *
 * @param buffer borrowed for the call.
 * @return bytes; 0 for a bad handle.
 */
ALD_API size_t ald_buffer_size(const ald_buffer *buffer) ALD_NOEXCEPT;

/**
 * Tells whether a buffer may only be read.
 *
 * @param buffer borrowed for the call.
 * @return 1 or 0; -1 for a bad handle.
 */
ALD_API int32_t ald_buffer_is_readonly(const ald_buffer *buffer) ALD_NOEXCEPT;

/**
 * Describes a buffer's bytes from an offset on as a C-contiguous array (last index fastest).
 *
 * @param buffer borrowed for the call; the view is valid as long as the buffer is.
 * @param offset bytes to skip.
 * @param dtype element type, `ALD_DTYPE_<X>`.
 * @param shape `ndim` numbers of elements, each 0 or more; may be NULL if `ndim` is 0.
 * @param ndim number of dimensions, 0 to ALD_NDIM_MAX.
 * @param view receives the view; `struct_size` must be set.
 * @return ALD_OK; ALD_E_INVALID for a bad type or shape; ALD_E_RANGE if the array does not fit in
 *   the buffer or the offset is not a multiple of the element size.
 */
ALD_API ald_status ald_buffer_get_view(const ald_buffer *buffer, size_t offset, ald_dtype dtype,
                                       const int64_t *shape, int32_t ndim, ald_view *view,
                                       ald_error **err) ALD_NOEXCEPT;

/**
 * Checks that every element of a view lies inside a buffer.
 *
 * @param buffer borrowed for the call.
 * @param view borrowed for the call.
 * @return ALD_OK; ALD_E_INVALID for a malformed view; ALD_E_RANGE if it reaches outside.
 */
ALD_API ald_status ald_buffer_check_view(const ald_buffer *buffer, const ald_view *view,
                                         ald_error **err) ALD_NOEXCEPT;

/**
 * Takes one more reference to a buffer.
 *
 * @param buffer borrowed for the call; NULL does nothing.
 */
ALD_API void ald_buffer_ref(const ald_buffer *buffer) ALD_NOEXCEPT;

/**
 * Gives a reference to a buffer back.
 *
 * @param buffer owned; NULL does nothing.
 */
ALD_API void ald_buffer_unref(const ald_buffer *buffer) ALD_NOEXCEPT;

/**
 * Lends a view to another array library as a DLPack managed tensor.
 *
 * A read-only view can only be lent with `versioned` 1: the old form has no flag to say so.
 *
 * @param buffer borrowed for the call; kept alive until the tensor's deleter runs.
 * @param view borrowed for the call; must lie inside the buffer.
 * @param versioned 1 for a `DLManagedTensorVersioned` (version 1.0), 0 for a `DLManagedTensor`.
 * @param out receives the tensor; owned: whoever takes it calls its deleter.
 * @return ALD_OK; ALD_E_INVALID or ALD_E_RANGE for a bad view; ALD_E_UNSUPPORTED for a read-only
 *   view with `versioned` 0 or a stride that is no multiple of the element size.
 */
ALD_API ald_status ald_dlpack_export(const ald_buffer *buffer, const ald_view *view,
                                     int32_t versioned, void **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Takes a DLPack managed tensor of another array library as a buffer and a view.
 *
 * @param tensor owned on success (its deleter runs with the last reference to the buffer); on
 *   failure still the caller's.
 * @param versioned 1 for a `DLManagedTensorVersioned`, 0 for a `DLManagedTensor`.
 * @param out receives an owned buffer.
 * @param view receives the view; `struct_size` must be set.
 * @return ALD_OK; ALD_E_INVALID; ALD_E_UNSUPPORTED if the tensor is not in the CPU's memory or its
 *   type has no `ald_dtype`; ALD_E_VERSION if its major version is newer than 1.
 */
ALD_API ald_status ald_dlpack_import(void *tensor, int32_t versioned, ald_buffer **out,
                                     ald_view *view, ald_error **err) ALD_NOEXCEPT;

/**
 * Calls the deleter of a tensor that nobody took.
 *
 * @param tensor owned; NULL does nothing.
 * @param versioned 1 for a `DLManagedTensorVersioned`, 0 for a `DLManagedTensor`.
 */
ALD_API void ald_dlpack_delete(void *tensor, int32_t versioned) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
