// Arrays to and from other array libraries through DLPack, without a copy.
#pragma once

#include "base/value/buffer.hpp"

namespace alidade {

// A `DLManagedTensorVersioned` or a `DLManagedTensor` that shares the array's memory; whoever takes
// it calls its deleter. Precondition: a checked array.
[[nodiscard]] result<void *> dlpack_export(const array &a, bool versioned);

// An array in a tensor's memory. The tensor stays its owner's, so that whatever fails before
// `dlpack_take` fails without a trace; until then the array must not outlive the tensor.
[[nodiscard]] result<array> dlpack_import(void *tensor, bool versioned);
// From now on the tensor's deleter runs with the last reference to the memory.
void dlpack_take(buffer &memory, void *tensor, bool versioned) noexcept;

// NULL does nothing.
void dlpack_delete(void *tensor, bool versioned) noexcept;

} // namespace alidade
