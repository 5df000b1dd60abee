// Records of the caller, whose struct_size tells how much of them it knows.
#pragma once

#include "base/error.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace alidade {

// Fails where nothing can be copied to a record of the caller.
template <class Record> outcome check_record(const Record *to, std::string_view what) {
    if (to->struct_size < sizeof(std::uint32_t)) {
        return fail(ALD_E_INVALID, "abi",
                    "struct_size of the {} is {}; call its _init function first", what,
                    to->struct_size);
    }
    return {};
}
// Copies to a checked record of the caller as much as both sides know of it.
template <class Record> void fill_record(Record *to, const Record &from) noexcept {
    const std::uint32_t size = to->struct_size;
    std::memcpy(static_cast<void *>(to), &from, std::min<std::size_t>(size, sizeof(Record)));
    to->struct_size = size;
}
template <class Record> outcome put_record(Record *to, const Record &from, std::string_view what) {
    return check_record(to, what).map([&] { fill_record(to, from); });
}
// Reads a record of the caller: what it does not have stays as in `defaults`.
template <class Record>
result<Record> get_record(const Record *from, Record defaults, std::string_view what) {
    if (from == nullptr || from->struct_size < sizeof(std::uint32_t)) {
        return fail(ALD_E_INVALID, "abi",
                    "the {} is NULL or its struct_size is not set; call its "
                    "_init function first",
                    what);
    }
    std::memcpy(static_cast<void *>(&defaults), from,
                std::min<std::size_t>(from->struct_size, sizeof(Record)));
    defaults.struct_size = sizeof(Record);
    return defaults;
}
template <class Record>
void init_record(Record *to, std::uint32_t struct_size, Record defaults) noexcept {
    if (to != nullptr && struct_size >= sizeof(std::uint32_t)) {
        std::memset(static_cast<void *>(to), 0, struct_size);
        std::memcpy(static_cast<void *>(to), &defaults,
                    std::min<std::size_t>(struct_size, sizeof(Record)));
        to->struct_size = struct_size;
    }
}

} // namespace alidade
