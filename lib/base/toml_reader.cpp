#include "base/toml_reader.hpp"

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "base/toml_depth.hpp"

#include <algorithm>
#include <optional>

// Without exceptions of its own and compiled in here: the system's shared library has the other
// kind. Floats by charconv, because streams ask for a locale.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_UNRELEASED_FEATURES 0
#define TOML_FLOAT_CHARCONV 1
#include <toml++/toml.h>

namespace alidade {

namespace {

text_position position_of(const toml::source_region &region) noexcept {
    return {region.begin.line, region.begin.column};
}

bool before(const text_position &a, const text_position &b) noexcept {
    return a.line != b.line ? a.line < b.line : a.column < b.column;
}

// --- dates and times ---

std::string date_text(const toml::date &d) {
    return fmt::format("{:04}-{:02}-{:02}", d.year, d.month, d.day);
}

std::string time_text(const toml::time &t) {
    std::string text = fmt::format("{:02}:{:02}:{:02}", t.hour, t.minute, t.second);
    if (t.nanosecond != 0) {
        text += fmt::format(".{:09}", t.nanosecond);
        text.erase(text.find_last_not_of('0') + 1);
    }
    return text;
}

std::string offset_text(const toml::time_offset &offset) {
    const int minutes = offset.minutes < 0 ? -offset.minutes : offset.minutes;
    return minutes == 0 ? "Z"
                        : fmt::format("{}{:02}:{:02}", offset.minutes < 0 ? '-' : '+', minutes / 60,
                                      minutes % 60);
}

std::string date_time_text(const toml::date_time &t) {
    return date_text(t.date) + "T" + time_text(t.time) +
           (t.offset ? offset_text(*t.offset) : std::string());
}

// --- trees ---

using table_entry = std::pair<const toml::key *, const toml::node *>;

// The library sorts keys by name; people do not.
std::vector<table_entry> in_order_of_text(const toml::table &table) {
    std::vector<table_entry> entries;
    entries.reserve(table.size());
    for (auto &&[key, node] : table) {
        entries.emplace_back(&key, &node);
    }
    std::sort(entries.begin(), entries.end(), [](const table_entry &a, const table_entry &b) {
        return before(position_of(a.first->source()), position_of(b.first->source()));
    });
    return entries;
}

class converter {
public:
    explicit converter(std::string_view name) noexcept : name_(name) {}

    // The value of a node; its place's items go to `places`.
    result<value> convert(const toml::node &node, text_places &places) {
        switch (node.type()) {
        case toml::node_type::table: return nested(*node.as_table(), places);
        case toml::node_type::array: return nested(*node.as_array(), places);
        case toml::node_type::string: return value(node.as_string()->get());
        case toml::node_type::integer: return value(std::int64_t{node.as_integer()->get()});
        case toml::node_type::floating_point: return value(node.as_floating_point()->get());
        case toml::node_type::boolean: return value(node.as_boolean()->get());
        case toml::node_type::date: return value(date_text(node.as_date()->get()));
        case toml::node_type::time: return value(time_text(node.as_time()->get()));
        default: return value(date_time_text(node.as_date_time()->get()));
        }
    }

private:
    template <class Container>
    result<value> nested(const Container &container, text_places &places) {
        if (depth_ == ALD_VALUE_DEPTH_MAX) {
            return fail(
                {.code = ALD_E_LIMIT, .domain = "settings", .where = place_in(name_, places.at)},
                "tables and lists are nested deeper than {}",
                static_cast<int>(ALD_VALUE_DEPTH_MAX));
        }
        ++depth_;
        auto v = items_of(container, places);
        --depth_;
        return v;
    }

    result<value> items_of(const toml::array &array, text_places &places) {
        list items;
        for (const toml::node &node : array) {
            places.items.push_back({position_of(node.source()), {}});
            auto item = convert(node, places.items.back());
            if (!item) {
                return item;
            }
            items.push_back(std::move(*item));
        }
        return value(std::move(items));
    }

    result<value> items_of(const toml::table &table, text_places &places) {
        map items;
        for (const auto &[key, node] : in_order_of_text(table)) {
            places.items.push_back({position_of(key->source()), {}});
            auto item = convert(*node, places.items.back());
            if (!item) {
                return item;
            }
            items.emplace_back(key->str(), std::move(*item));
        }
        return value(std::move(items));
    }

    std::string_view name_;
    int depth_ = 0;
};

// The library cuts its descriptions off wherever its own buffer ends.
std::string one_line(std::string_view description) {
    std::string text;
    append_on_one_line(text, description.substr(0, invalid_utf8(description)));
    return text;
}

failure not_toml(const toml::parse_error &error, std::string_view name) {
    return fail({.code = ALD_E_CORRUPT,
                 .domain = "settings",
                 .where = place_in(name, position_of(error.source()))},
                "no valid TOML: {}", one_line(error.description()));
}

} // namespace

std::string place_in(std::string_view name, const text_position &at) {
    return fmt::format("{}:{}:{}", name, at.line, at.column);
}

result<toml_document> read_toml(std::string_view text, std::string_view name) {
    if (const auto line = line_nested_deeper_than(text, ALD_VALUE_DEPTH_MAX)) {
        return fail(
            {.code = ALD_E_LIMIT, .domain = "settings", .where = fmt::format("{}:{}", name, *line)},
            "tables and lists are nested deeper than {}", static_cast<int>(ALD_VALUE_DEPTH_MAX));
    }
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed) {
        return not_toml(parsed.error(), name);
    }
    text_places places;
    auto root = converter(name).convert(parsed.table(), places);
    if (!root) {
        return failure(root.error());
    }
    return toml_document{std::move(*root), std::move(places)};
}

} // namespace alidade
