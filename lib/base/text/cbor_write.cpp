#include "base/text/cbor.hpp"

#include "base/text/cbor_format.hpp"
#include "base/text/codec.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <string_view>

namespace alidade {

namespace {

using namespace cbor;

// A tag of RFC 8746 says all of these; others take the named object.
bool has_standard_tag(const ald_view &view) noexcept {
    const bool plain_numbers = number_type(view.dtype) == view.dtype;
    const bool writable = (view.flags & ALD_VIEW_READONLY) == 0;
    const bool plain_shape = view.ndim == 1 || (view.ndim > 1 && element_count(view) > 0);
    return plain_numbers && writable && plain_shape;
}

std::uint64_t typed_array_tag(ald_dtype dtype) noexcept {
    return std::find_if(typed_arrays.begin(), typed_arrays.end(),
                        [dtype](const typed_array &t) {
                            return t.dtype == dtype && t.order == std::endian::native;
                        })
        ->tag;
}

class writer {
public:
    explicit writer(const value &root) noexcept : root_(root) {}

    result<bytes> write() && {
        if (auto ok = put(root_); !ok) {
            return failure(ok.error());
        }
        return std::move(out_);
    }

private:
    outcome put(const value &v) {
        switch (v.type()) {
        case ALD_TYPE_NULL: put_head(simple, simple_null); return check_size();
        case ALD_TYPE_BOOL: put_bool(*v.as_bool()); return check_size();
        case ALD_TYPE_INT: put_integer(*v.as_int()); return check_size();
        case ALD_TYPE_DOUBLE: put_double(*v.as_double()); return check_size();
        case ALD_TYPE_STRING: return put_text(*v.as_string());
        case ALD_TYPE_BYTES: return put_string(byte_string, *v.as_bytes());
        case ALD_TYPE_LIST: return put_list(*v.as_list());
        case ALD_TYPE_MAP: return put_map(*v.as_map());
        case ALD_TYPE_ARRAY: return put_array(v.as_array()->view);
        default: return fail_handle("cbor", root_);
        }
    }

    [[nodiscard]] outcome check_size(std::size_t more = 0) const {
        if (out_.size() > encoded_size_max || more > encoded_size_max - out_.size()) {
            return fail_too_large("cbor");
        }
        return {};
    }

    void put_big_endian(std::uint64_t x, int size) {
        for (int shift = (size - 1) * 8; shift >= 0; shift -= 8) {
            out_.push_back(static_cast<std::uint8_t>(x >> shift));
        }
    }

    void put_initial(major type, std::uint64_t info) {
        out_.push_back(static_cast<std::uint8_t>(static_cast<unsigned>(type) << 5 | info));
    }

    void put_head(major type, std::uint64_t argument) {
        if (argument < one_byte) {
            put_initial(type, argument);
        } else if (argument <= std::numeric_limits<std::uint8_t>::max()) {
            put_initial(type, one_byte);
            put_big_endian(argument, 1);
        } else if (argument <= std::numeric_limits<std::uint16_t>::max()) {
            put_initial(type, two_bytes);
            put_big_endian(argument, 2);
        } else if (argument <= std::numeric_limits<std::uint32_t>::max()) {
            put_initial(type, four_bytes);
            put_big_endian(argument, 4);
        } else {
            put_initial(type, eight_bytes);
            put_big_endian(argument, 8);
        }
    }

    void put_bool(bool x) { put_head(simple, x ? simple_true : simple_false); }

    void put_integer(std::int64_t x) {
        if (x < 0) {
            put_head(negative_integer, static_cast<std::uint64_t>(-1 - x));
        } else {
            put_head(unsigned_integer, static_cast<std::uint64_t>(x));
        }
    }

    void put_double(double x) {
        put_initial(simple, eight_bytes);
        put_big_endian(std::bit_cast<std::uint64_t>(x), 8);
    }

    template <class Container> outcome put_string(major type, const Container &content) {
        if (auto ok = check_size(content.size()); !ok) {
            return ok;
        }
        put_head(type, content.size());
        out_.insert(out_.end(), content.begin(), content.end());
        return {};
    }

    outcome put_text(std::string_view text) { return put_string(text_string, text); }

    outcome put_list(const list &items) {
        put_head(item_list, items.size());
        for (const value &item : items) {
            if (auto ok = put(item); !ok) {
                return ok;
            }
        }
        return check_size();
    }

    outcome put_map(const map &items) {
        put_head(item_map, items.size());
        for (const auto &[key, item] : items) {
            if (auto ok = put_text(key); !ok) {
                return ok;
            }
            if (auto ok = put(item); !ok) {
                return ok;
            }
        }
        return check_size();
    }

    outcome put_array(const ald_view &view) {
        if (!has_standard_tag(view)) {
            return put_array_object(view);
        }
        if (view.ndim != 1) {
            put_head(tag, tag_row_major);
            put_head(item_list, 2);
            put_shape(view);
        }
        return put_elements(view);
    }

    outcome put_array_object(const ald_view &view) {
        put_head(tag, tag_named_object);
        put_head(item_list, 5);
        if (auto ok = put_text(array_object_name); !ok) {
            return ok;
        }
        if (auto ok = put_text(dtype_name(view.dtype)); !ok) {
            return ok;
        }
        put_shape(view);
        put_bool((view.flags & ALD_VIEW_READONLY) != 0);
        return put_elements(view);
    }

    void put_shape(const ald_view &view) {
        put_head(item_list, shape_of(view).size());
        for (const std::int64_t n : shape_of(view)) {
            put_integer(n);
        }
    }

    outcome put_elements(const ald_view &view) {
        const std::size_t size = packed_size(view);
        if (auto ok = check_size(size); !ok) {
            return ok;
        }
        put_head(tag, typed_array_tag(number_type(view.dtype)));
        put_head(byte_string, size);
        out_.resize(out_.size() + size);
        write_elements(view, std::as_writable_bytes(std::span(out_).last(size)));
        return {};
    }

    const value &root_;
    bytes out_;
};

} // namespace

result<bytes> to_cbor(const value &v) { return writer(v).write(); }

} // namespace alidade
