#include "base/text/json.hpp"

#include "base/text/base64.hpp"
#include "base/text/codec.hpp"
#include "base/text/json_tags.hpp"
#include "base/text/json_text.hpp"
#include "base/value/half.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>

namespace alidade {

namespace {

constexpr int indent_max = 16;

class writer {
public:
    writer(const value &root, json_mode mode, int indent) noexcept
        : root_(root), mode_(mode), indent_(static_cast<std::size_t>(indent)) {}

    result<std::string> write() && {
        if (auto ok = put(root_); !ok) {
            return failure(ok.error());
        }
        return std::move(out_);
    }

private:
    outcome put(const value &v) {
        if (mode_ == json_mode::tagged && needs_json_tag(v)) {
            return put_tagged(v);
        }
        switch (v.type()) {
        case ALD_TYPE_NULL: out_ += "null"; return check_size();
        case ALD_TYPE_BOOL: put_bool(*v.as_bool()); return check_size();
        case ALD_TYPE_INT: append_number(out_, *v.as_int()); return check_size();
        case ALD_TYPE_DOUBLE: put_float(*v.as_double()); return check_size();
        case ALD_TYPE_STRING: return put_text(*v.as_string());
        case ALD_TYPE_BYTES: return put_base64(*v.as_bytes());
        case ALD_TYPE_LIST: return put_list(*v.as_list());
        case ALD_TYPE_MAP: return put_map(*v.as_map());
        case ALD_TYPE_ARRAY: return put_nested(v.as_array()->view);
        default: return put_handle();
        }
    }

    [[nodiscard]] outcome check_size(std::size_t more = 0) const {
        if (out_.size() > encoded_size_max || more > encoded_size_max - out_.size()) {
            return fail_too_large("json");
        }
        return {};
    }

    outcome put_tagged(const value &v) {
        const auto tagged = json_tagged(v);
        return tagged ? put_map(*tagged) : outcome(failure(tagged.error()));
    }

    outcome put_handle() {
        if (mode_ == json_mode::tagged) {
            return fail_handle("json", root_);
        }
        out_ += "null";
        return {};
    }

    void put_bool(bool x) { out_ += x ? "true" : "false"; }

    template <class T> void put_float(T x) {
        if (std::isfinite(x)) {
            append_number(out_, x);
        } else {
            out_ += "null";
        }
    }

    outcome put_text(std::string_view text) {
        if (auto ok = check_size(text.size()); !ok) {
            return ok;
        }
        append_quoted(out_, text);
        return {};
    }

    outcome put_base64(const bytes &content) {
        if (auto ok = check_size(base64_size(content.size())); !ok) {
            return ok;
        }
        out_ += '"';
        append_base64(out_, std::as_bytes(std::span(content)));
        out_ += '"';
        return {};
    }

    void new_line() {
        if (indent_ > 0) {
            out_ += '\n';
            out_.append(level_ * indent_, ' ');
        }
    }

    template <class Items, class PutItem>
    outcome put_items(char open, char close, const Items &items, PutItem put_item) {
        out_ += open;
        ++level_;
        bool first = true;
        for (const auto &item : items) {
            if (!std::exchange(first, false)) {
                out_ += ',';
            }
            new_line();
            if (auto ok = put_item(item); !ok) {
                return ok;
            }
        }
        --level_;
        if (!items.empty()) {
            new_line();
        }
        out_ += close;
        return check_size();
    }

    outcome put_list(const list &items) {
        return put_items('[', ']', items, [this](const value &item) { return put(item); });
    }

    outcome put_map(const map &items) {
        return put_items('{', '}', items, [this](const map::value_type &item) {
            if (auto ok = put_text(item.first); !ok) {
                return ok;
            }
            out_ += indent_ > 0 ? ": " : ":";
            return put(item.second);
        });
    }

    // --- arrays as nested lists, on one line ---

    outcome put_nested(const ald_view &view) {
        // Count two characters an element at least: also ends arrays that repeat one element.
        if (static_cast<std::uint64_t>(element_count(view)) > encoded_size_max / 2) {
            return fail_too_large("json");
        }
        ald_view steps = view;
        if (element_count(view) == 0) { // nowhere to step to
            std::fill(std::begin(steps.strides), std::end(steps.strides), 0);
        }
        return put_dimension(steps, 0, static_cast<const std::byte *>(view.data));
    }

    outcome put_dimension(const ald_view &view, std::int32_t dim, const std::byte *at) {
        if (dim == view.ndim) {
            put_element(view.dtype, at);
            return check_size();
        }
        out_ += '[';
        for (std::int64_t i = 0; i < view.shape[dim]; ++i) {
            if (i > 0) {
                out_ += ',';
            }
            if (auto ok = put_dimension(view, dim + 1, at + i * view.strides[dim]); !ok) {
                return ok;
            }
        }
        out_ += ']';
        return check_size();
    }

    template <class T> static T load(const std::byte *from) noexcept {
        T x;
        std::memcpy(&x, from, sizeof x);
        return x;
    }

    template <class T> void put_signed(const std::byte *from) {
        append_number(out_, std::int64_t{load<T>(from)});
    }

    template <class T> void put_unsigned(const std::byte *from) {
        append_number(out_, std::uint64_t{load<T>(from)});
    }

    template <class T> void put_complex(const std::byte *from) {
        out_ += '[';
        put_float(load<T>(from));
        out_ += ',';
        put_float(load<T>(from + sizeof(T)));
        out_ += ']';
    }

    void put_element(ald_dtype dtype, const std::byte *from) {
        switch (dtype) {
        case ALD_DTYPE_BOOL: return put_bool(*from != std::byte{0});
        case ALD_DTYPE_INT8: return put_signed<std::int8_t>(from);
        case ALD_DTYPE_INT16: return put_signed<std::int16_t>(from);
        case ALD_DTYPE_INT32: return put_signed<std::int32_t>(from);
        case ALD_DTYPE_INT64: return put_signed<std::int64_t>(from);
        case ALD_DTYPE_UINT8: return put_unsigned<std::uint8_t>(from);
        case ALD_DTYPE_UINT16: return put_unsigned<std::uint16_t>(from);
        case ALD_DTYPE_UINT32: return put_unsigned<std::uint32_t>(from);
        case ALD_DTYPE_UINT64: return put_unsigned<std::uint64_t>(from);
        // Every half is a float, whose digits are fewer than a double's.
        case ALD_DTYPE_FLOAT16:
            return put_float(static_cast<float>(half_to_double(load<std::uint16_t>(from))));
        case ALD_DTYPE_FLOAT32: return put_float(load<float>(from));
        case ALD_DTYPE_FLOAT64: return put_float(load<double>(from));
        case ALD_DTYPE_COMPLEX64: return put_complex<float>(from);
        default: return put_complex<double>(from);
        }
    }

    const value &root_;
    json_mode mode_;
    std::size_t indent_;
    std::size_t level_ = 0;
    std::string out_;
};

} // namespace

result<std::string> to_json(const value &v, json_mode mode, int indent) {
    if (indent < 0 || indent > indent_max) {
        return fail(ALD_E_INVALID, "json", "{} blanks per level, expected 0 to {}", indent,
                    indent_max);
    }
    return writer(v, mode, indent).write();
}

} // namespace alidade
