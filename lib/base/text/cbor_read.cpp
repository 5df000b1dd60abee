#include "base/text/cbor.hpp"

#include "base/text/cbor_format.hpp"
#include "base/text/codec.hpp"
#include "base/text/text.hpp"
#include "base/value/half.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

namespace alidade {

namespace {

using namespace cbor;

constexpr std::uint64_t int64_max = std::numeric_limits<std::int64_t>::max();
// Lists are not made larger than this on the word of a header alone.
constexpr std::size_t reserve_max = 4096;

void swap_elements(std::byte *data, std::size_t bytes, std::size_t element) noexcept {
    for (std::size_t at = 0; at < bytes; at += element) {
        std::reverse(data + at, data + at + element);
    }
}

void set_column_major_strides(ald_view &view) noexcept {
    auto stride = static_cast<std::int64_t>(dtype_size(view.dtype));
    for (std::int32_t i = 0; i < view.ndim; ++i) {
        view.strides[i] = stride;
        stride *= std::max<std::int64_t>(view.shape[i], 1);
    }
}

// The initial byte of an item with its argument.
struct head {
    std::size_t at;
    std::uint8_t type;
    std::uint8_t info;
    std::uint64_t argument;

    [[nodiscard]] bool open_ended() const noexcept { return info == indefinite; }
};

// Recursive descent. The functions return false once `error_` says why.
class reader {
public:
    explicit reader(std::span<const std::uint8_t> data) noexcept : data_(data) {}

    result<value> read() && {
        value v;
        if (!read_root(v)) {
            return failure(std::move(error_));
        }
        return v;
    }

private:
    // --- errors ---

    template <class... Args>
    bool stop(ald_status code, std::size_t at, fmt::format_string<Args...> format, Args &&...args) {
        const std::string where = fmt::format("byte {}", at);
        error_ = fail({.code = code, .domain = "cbor", .where = where}, "{}: {}", where,
                      fmt::format(format, std::forward<Args>(args)...))
                     .value();
        return false;
    }

    template <class... Args>
    bool corrupt(std::size_t at, fmt::format_string<Args...> format, Args &&...args) {
        return stop(ALD_E_CORRUPT, at, format, std::forward<Args>(args)...);
    }

    template <class... Args>
    bool unsupported(std::size_t at, fmt::format_string<Args...> format, Args &&...args) {
        return stop(ALD_E_UNSUPPORTED, at, format, std::forward<Args>(args)...);
    }

    bool beyond_int64(std::size_t at) {
        return stop(ALD_E_LIMIT, at, "the integer is beyond 64 bits with a sign");
    }

    bool unexpected_end(const head &h) { return corrupt(h.at, "an end without a beginning"); }

    // --- bytes and heads ---

    [[nodiscard]] std::size_t left() const noexcept { return data_.size() - at_; }

    bool need(std::uint64_t size) {
        if (size > left()) {
            return corrupt(data_.size(), "the data end {} bytes too early", size - left());
        }
        return true;
    }

    bool read_big_endian(std::size_t size, std::uint64_t &x) {
        if (!need(size)) {
            return false;
        }
        x = 0;
        for (const std::uint8_t byte : data_.subspan(at_, size)) {
            x = x << 8 | byte;
        }
        at_ += size;
        return true;
    }

    bool read_head(head &h) {
        h.at = at_;
        if (!need(1)) {
            return false;
        }
        const std::uint8_t initial = data_[at_++];
        h.type = initial >> 5;
        h.info = initial & 0x1f;
        h.argument = h.info;
        if (h.info < one_byte) {
            return true;
        }
        if (h.info <= eight_bytes) {
            return read_big_endian(std::size_t{1} << (h.info - one_byte), h.argument);
        }
        const bool can_be_open_ended =
            (h.type >= byte_string && h.type <= item_map) || h.type == simple;
        if (!h.open_ended() || !can_be_open_ended) {
            return corrupt(h.at, "no item starts with {:#04x}", initial);
        }
        return true;
    }

    // Tells whether an open-ended item ends here, and steps over its end.
    bool at_break() noexcept {
        if (left() == 0 || data_[at_] != break_code) {
            return false;
        }
        ++at_;
        return true;
    }

    // Calls `read_one` for each of the items that a list, a map or an open-ended string has.
    template <class ReadOne> bool read_items(const head &h, ReadOne read_one) {
        if (h.open_ended()) {
            while (!at_break()) {
                if (!read_one()) {
                    return false;
                }
            }
            return true;
        }
        for (std::uint64_t i = 0; i < h.argument; ++i) {
            if (!read_one()) {
                return false;
            }
        }
        return true;
    }

    // Refuses a length that what is left cannot hold before anything is made of that length.
    bool check_count(const head &h, std::size_t least_size) {
        if (!h.open_ended() && h.argument > left() / least_size) {
            return corrupt(h.at, "{} items are announced, the data have {} bytes left", h.argument,
                           left());
        }
        return true;
    }

    // --- items ---

    bool read_root(value &v) {
        if (left() >= 3 && data_[0] == 0xd9 && data_[1] == 0xd9 && data_[2] == 0xf7) {
            at_ = 3; // "this is CBOR" (tag 55799)
        }
        if (!read_item(v)) {
            return false;
        }
        return left() == 0 || corrupt(at_, "{} bytes follow the end of the value", left());
    }

    bool read_item(value &v) {
        head h{};
        if (!read_head(h)) {
            return false;
        }
        switch (h.type) {
        case unsigned_integer: return read_integer(h, false, v);
        case negative_integer: return read_integer(h, true, v);
        case byte_string: return read_bytes(h, v);
        case text_string: return read_text_value(h, v);
        case item_list: return read_list(h, v);
        case item_map: return read_map(h, v);
        case tag: return read_tagged(h, v);
        default: return read_simple(h, v);
        }
    }

    bool read_integer(const head &h, bool negative, value &v) {
        return integer_value(h.at, h.argument, negative, v);
    }

    bool integer_value(std::size_t at, std::uint64_t magnitude, bool negative, value &v) {
        if (magnitude > int64_max) {
            return beyond_int64(at);
        }
        const auto x = static_cast<std::int64_t>(magnitude);
        v = value(negative ? -1 - x : x);
        return true;
    }

    // The content of a byte or text string, chunk by chunk.
    template <class TakeChunk> bool read_chunks(const head &h, TakeChunk take) {
        if (!h.open_ended()) {
            return read_chunk(h, take);
        }
        return read_items(h, [&] {
            head chunk{};
            if (!read_head(chunk)) {
                return false;
            }
            if (chunk.type != h.type || chunk.open_ended()) {
                return corrupt(chunk.at, "a chunk of another kind stands in a string");
            }
            return read_chunk(chunk, take);
        });
    }

    template <class TakeChunk> bool read_chunk(const head &h, TakeChunk take) {
        if (!need(h.argument)) {
            return false;
        }
        const auto chunk = data_.subspan(at_, static_cast<std::size_t>(h.argument));
        const std::size_t start = std::exchange(at_, at_ + chunk.size());
        return take(start, chunk);
    }

    // The content of a byte string: in place where it is in one piece, else gathered in `room`.
    bool read_byte_string(const head &h, bytes &room, std::span<const std::uint8_t> &content) {
        const bool ok = read_chunks(h, [&](std::size_t, std::span<const std::uint8_t> chunk) {
            content = chunk;
            if (h.open_ended()) {
                room.insert(room.end(), chunk.begin(), chunk.end());
            }
            return true;
        });
        if (h.open_ended()) {
            content = room;
        }
        return ok;
    }

    bool read_bytes(const head &h, value &v) {
        bytes room;
        std::span<const std::uint8_t> content;
        if (!read_byte_string(h, room, content)) {
            return false;
        }
        v = value(bytes(content.begin(), content.end()));
        return true;
    }

    bool read_text(const head &h, std::string &text) {
        return read_chunks(h, [&](std::size_t start, std::span<const std::uint8_t> chunk) {
            const std::string_view piece(reinterpret_cast<const char *>(chunk.data()),
                                         chunk.size());
            const std::size_t bad = invalid_utf8(piece);
            if (bad != std::string_view::npos) {
                return corrupt(start + bad, "the text is not UTF-8");
            }
            text += piece;
            return true;
        });
    }

    bool read_text_value(const head &h, value &v) {
        std::string text;
        if (!read_text(h, text)) {
            return false;
        }
        v = value(std::move(text));
        return true;
    }

    bool enter(const head &h) {
        if (depth_ == ALD_VALUE_DEPTH_MAX) {
            return stop(ALD_E_LIMIT, h.at, "lists and maps are nested deeper than {}",
                        static_cast<int>(ALD_VALUE_DEPTH_MAX));
        }
        ++depth_;
        return true;
    }

    bool read_list(const head &h, value &v) {
        if (!check_count(h, 1) || !enter(h)) {
            return false;
        }
        list items;
        if (!h.open_ended()) {
            items.reserve(std::min<std::size_t>(h.argument, reserve_max));
        }
        const bool ok = read_items(h, [&] { return read_item(items.emplace_back()); });
        --depth_;
        if (!ok) {
            return false;
        }
        v = value(std::move(items));
        return true;
    }

    bool read_key(std::string &key) {
        head h{};
        if (!read_head(h)) {
            return false;
        }
        if (h.type == simple && h.open_ended()) {
            return unexpected_end(h);
        }
        if (h.type != text_string) {
            return unsupported(h.at, "the key is no text; maps have text keys only");
        }
        return read_text(h, key);
    }

    bool read_map(const head &h, value &v) {
        if (!check_count(h, 2) || !enter(h)) {
            return false;
        }
        map items;
        std::vector<std::size_t> places;
        const bool ok = read_items(h, [&] {
            places.push_back(at_);
            auto &[key, item] = items.emplace_back();
            return read_key(key) && read_item(item);
        });
        --depth_;
        if (!ok || !check_keys(items, places)) {
            return false;
        }
        v = value(std::move(items));
        return true;
    }

    bool check_keys(const map &items, const std::vector<std::size_t> &places) {
        const std::size_t twice = duplicate_key(items);
        if (twice != std::string_view::npos) {
            return corrupt(places[twice], "the key {} stands in the map twice",
                           shown(items[twice].first));
        }
        return true;
    }

    bool read_simple(const head &h, value &v) {
        switch (h.info) {
        case simple_false: v = value(false); return true;
        case simple_true: v = value(true); return true;
        case simple_null: v = value(); return true;
        case two_bytes:
            v = value(half_to_double(static_cast<std::uint16_t>(h.argument)));
            return true;
        case four_bytes:
            v = value(
                static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(h.argument))));
            return true;
        case eight_bytes: v = value(std::bit_cast<double>(h.argument)); return true;
        case indefinite: return unexpected_end(h);
        default: break;
        }
        if (h.info == one_byte && h.argument < 32) {
            return corrupt(h.at, "simple value {} is written with a byte too many", h.argument);
        }
        return unsupported(h.at, "values have no simple value {}", h.argument);
    }

    // --- tags ---

    bool read_tagged(const head &h, value &v) {
        const auto *const typed =
            std::find_if(typed_arrays.begin(), typed_arrays.end(),
                         [&h](const typed_array &t) { return t.tag == h.argument; });
        if (typed != typed_arrays.end()) {
            return read_typed_array(h, *typed, v);
        }
        switch (h.argument) {
        case tag_positive_bignum: return read_bignum(h, false, v);
        case tag_negative_bignum: return read_bignum(h, true, v);
        case tag_row_major:
        case tag_column_major: return read_multi_dimensional(h, v);
        case tag_named_object: return read_named_object(h, v);
        default: return unsupported(h.at, "values have nothing for tag {}", h.argument);
        }
    }

    // The byte string that a tag must be followed by.
    bool read_tagged_bytes(const head &h, bytes &room, std::span<const std::uint8_t> &content) {
        head string{};
        if (!read_head(string)) {
            return false;
        }
        if (string.type != byte_string) {
            return corrupt(string.at, "tag {} needs a byte string", h.argument);
        }
        return read_byte_string(string, room, content);
    }

    bool read_bignum(const head &h, bool negative, value &v) {
        bytes room;
        std::span<const std::uint8_t> digits;
        if (!read_tagged_bytes(h, room, digits)) {
            return false;
        }
        while (!digits.empty() && digits.front() == 0) {
            digits = digits.subspan(1);
        }
        if (digits.size() > sizeof(std::uint64_t)) {
            return beyond_int64(h.at);
        }
        std::uint64_t magnitude = 0;
        for (const std::uint8_t digit : digits) {
            magnitude = magnitude << 8 | digit;
        }
        return integer_value(h.at, magnitude, negative, v);
    }

    // --- arrays ---

    bool read_typed_array(const head &h, const typed_array &typed, value &v) {
        bytes room;
        std::span<const std::uint8_t> content;
        if (!read_tagged_bytes(h, room, content)) {
            return false;
        }
        const std::size_t element = dtype_size(typed.dtype);
        if (content.size() % element != 0) {
            return corrupt(h.at, "{} bytes are no whole number of {}", content.size(),
                           dtype_name(typed.dtype));
        }
        const auto count = static_cast<std::int64_t>(content.size() / element);
        array a = zeros(typed.dtype, {&count, 1}).value();
        if (count > 0) {
            std::memcpy(a.memory->data(), content.data(), content.size());
        }
        if (typed.order != std::endian::native) {
            swap_elements(a.memory->data(), content.size(), element);
        }
        v = value(std::move(a));
        return true;
    }

    // The list that describes an array. It is no part of the value, so that its levels do not
    // count; but nothing more than that may nest in it.
    bool read_description(const head &h, list &parts) {
        if (in_description_) {
            return corrupt(h.at, "tag {} stands in the description of an array", h.argument);
        }
        in_description_ = true;
        const int depth = std::exchange(depth_, 0);
        value description;
        const bool ok = read_item(description);
        depth_ = depth;
        in_description_ = false;
        if (ok && description.as_list() == nullptr) {
            return corrupt(h.at, "tag {} needs a list", h.argument);
        }
        if (ok) {
            parts = *description.as_list();
        }
        return ok;
    }

    bool read_multi_dimensional(const head &h, value &v) {
        list parts;
        if (!read_description(h, parts)) {
            return false;
        }
        if (parts.size() != 2) {
            return corrupt(h.at, "tag {} needs a shape and elements", h.argument);
        }
        const array *elements = parts[1].as_array();
        if (elements == nullptr) {
            return unsupported(h.at, "the elements of an array must be a typed array");
        }
        array a;
        if (!reshape(h, *elements, elements->view.dtype, parts[0], a)) {
            return false;
        }
        if (h.argument == tag_column_major) {
            set_column_major_strides(a.view);
        }
        v = value(std::move(a));
        return true;
    }

    bool read_named_object(const head &h, value &v) {
        list parts;
        if (!read_description(h, parts)) {
            return false;
        }
        const std::string *name = parts.empty() ? nullptr : parts[0].as_string();
        if (name == nullptr || *name != array_object_name) {
            return unsupported(h.at, "values have nothing for the object {}",
                               name == nullptr ? "without a name" : shown(*name));
        }
        array a;
        if (!read_array_object(h, parts, a)) {
            return false;
        }
        v = value(std::move(a));
        return true;
    }

    // [name, dtype, shape, read-only, elements]
    bool read_array_object(const head &h, const list &parts, array &a) {
        const bool well_formed = parts.size() == 5 && parts[1].as_string() != nullptr &&
                                 parts[3].as_bool() != nullptr && parts[4].as_array() != nullptr;
        const auto dtype = well_formed ? dtype_named(*parts[1].as_string()) : std::nullopt;
        if (!dtype || parts[4].as_array()->view.dtype != number_type(*dtype)) {
            return corrupt(h.at, "the array's description is not [name, dtype, shape, read-only, "
                                 "elements of that dtype]");
        }
        if (!reshape(h, *parts[4].as_array(), *dtype, parts[2], a)) {
            return false;
        }
        a.view.flags = *parts[3].as_bool() ? ALD_VIEW_READONLY : 0;
        return true;
    }

    bool reshape(const head &h, const array &flat, ald_dtype dtype, const value &shape, array &a) {
        auto shaped = shaped_array(flat.memory, dtype, shape);
        if (!shaped) {
            return stop(shaped.error()->code(), h.at, "{}", shaped.error()->detail().message);
        }
        a = std::move(*shaped);
        return true;
    }

    std::span<const std::uint8_t> data_;
    std::size_t at_ = 0;
    int depth_ = 0;
    bool in_description_ = false;
    ref<const error> error_;
};

} // namespace

result<value> from_cbor(std::span<const std::uint8_t> data) { return reader(data).read(); }

} // namespace alidade
