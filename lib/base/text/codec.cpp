#include "base/text/codec.hpp"

#include "base/value/key_path.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace alidade {

namespace {

bool find_handle(const value &v, key_path &path) {
    if (const list *items = v.as_list()) {
        for (std::size_t i = 0; i < items->size(); ++i) {
            path.push_back(std::to_string(i));
            if (find_handle((*items)[i], path)) {
                return true;
            }
            path.pop_back();
        }
    } else if (const map *entries = v.as_map()) {
        for (const auto &[key, item] : *entries) {
            path.push_back(key);
            if (find_handle(item, path)) {
                return true;
            }
            path.pop_back();
        }
    }
    return v.as_handle() != nullptr;
}

result<std::vector<std::int64_t>> lengths_of(const value &shape) {
    const list *items = shape.as_list();
    if (items == nullptr) {
        return fail(ALD_E_CORRUPT, "value", "the shape of an array must be a list");
    }
    if (items->size() > ALD_NDIM_MAX) {
        return fail(ALD_E_UNSUPPORTED, "value", "the array has {} dimensions, at most {} go",
                    items->size(), static_cast<int>(ALD_NDIM_MAX));
    }
    std::vector<std::int64_t> lengths;
    for (const value &length : *items) {
        if (length.as_int() == nullptr || *length.as_int() < 0) {
            return fail(ALD_E_CORRUPT, "value", "the shape of an array must be a list of lengths");
        }
        lengths.push_back(*length.as_int());
    }
    return lengths;
}

bool all_bools(const buffer &memory) noexcept {
    const std::span elements(memory.data(), memory.size());
    return std::all_of(elements.begin(), elements.end(),
                       [](std::byte x) { return x <= std::byte{1}; });
}

} // namespace

failure fail_too_large(std::string_view domain) {
    return fail(ALD_E_LIMIT, domain,
                "the value takes more than {} MiB when written; keep large arrays in a recording",
                encoded_size_max >> 20);
}

failure fail_handle(std::string_view domain, const value &root) {
    key_path path;
    find_handle(root, path);
    const std::string where = to_string(path);
    return fail({.code = ALD_E_UNSUPPORTED, .domain = std::string(domain), .where = where},
                "{} holds a handle, which means nothing outside of this process; leave it out",
                where.empty() ? "the value" : where);
}

void write_elements(const ald_view &view, std::span<std::byte> to) noexcept {
    copy_packed(view, to.data());
    if (view.dtype == ALD_DTYPE_BOOL) {
        std::transform(to.begin(), to.end(), to.begin(),
                       [](std::byte x) { return x == std::byte{0} ? x : std::byte{1}; });
    }
}

result<array> shaped_array(ref<buffer> memory, ald_dtype dtype, const value &shape) {
    const auto lengths = lengths_of(shape);
    if (!lengths) {
        return failure(lengths.error());
    }
    const auto view = c_view(memory->data(), dtype, *lengths);
    if (!view || packed_size(*view) != memory->size()) {
        return fail(ALD_E_CORRUPT, "value", "{} bytes do not make an array of that type and shape",
                    memory->size());
    }
    if (dtype == ALD_DTYPE_BOOL && !all_bools(*memory)) {
        return fail(ALD_E_CORRUPT, "value", "an array of bools has elements other than 0 and 1");
    }
    return array{std::move(memory), *view};
}

} // namespace alidade
