#include "base/text/settings.hpp"

#include "base/read_file.hpp"
#include "base/text/text.hpp"
#include "base/value/key_path.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace alidade {

namespace {

constexpr std::size_t most_problems_told = 10;

// --- the way to a key ---

std::vector<std::string_view> keys_of(const map &items) {
    std::vector<std::string_view> keys;
    keys.reserve(items.size());
    for (const auto &[key, item] : items) {
        keys.emplace_back(key);
    }
    return keys;
}

std::optional<std::size_t> index_in(const list &items, std::string_view piece) noexcept {
    std::size_t index = 0;
    const char *const end = piece.data() + piece.size();
    const auto parsed = std::from_chars(piece.data(), end, index);
    if (parsed.ec != std::errc() || parsed.ptr != end || index >= items.size()) {
        return std::nullopt;
    }
    return index;
}

std::optional<std::size_t> index_in(const map &items, std::string_view piece) noexcept {
    const auto found =
        std::find_if(items.begin(), items.end(),
                     [piece](const map::value_type &item) { return item.first == piece; });
    if (found == items.end()) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(found - items.begin());
}

std::string hint(const value &container, std::string_view piece) {
    if (const map *items = container.as_map()) {
        return did_you_mean(piece, keys_of(*items));
    }
    if (const list *items = container.as_list()) {
        return fmt::format(" (the list has {} items, counted from 0)", items->size());
    }
    return fmt::format(" (a value of type {} has no keys)", type_name(container.type()));
}

// Descends by one piece of a key; false where there is nothing.
bool descend(settings::entry &at, std::string_view piece) noexcept {
    const list *items = at.content->as_list();
    const map *entries = at.content->as_map();
    const auto index = items != nullptr     ? index_in(*items, piece)
                       : entries != nullptr ? index_in(*entries, piece)
                                            : std::nullopt;
    if (!index) {
        return false;
    }
    at.content = items != nullptr ? &(*items)[*index] : &(*entries)[*index].second;
    at.places = &at.places->items[*index];
    return true;
}

// --- problems of a table ---

struct problem {
    ald_status code;
    std::string message;
    text_position at;
};

std::vector<std::string_view> names_of(std::span<const schema> records) {
    std::vector<std::string_view> names;
    names.reserve(records.size());
    for (const schema &record : records) {
        names.emplace_back(record.name);
    }
    return names;
}

std::optional<problem> problem_with(const std::string &key, const value &item,
                                    const text_position &at, std::span<const schema> records) {
    const auto record =
        std::find_if(records.begin(), records.end(),
                     [&key](const schema &candidate) { return candidate.name == key; });
    if (record == records.end()) {
        return problem{ALD_E_NOT_FOUND,
                       "unknown key " + shown(key) + did_you_mean(key, names_of(records)), at};
    }
    const auto checked = check(*record, item);
    if (!checked) {
        return problem{checked.error()->code(), checked.error()->detail().message, at};
    }
    return std::nullopt;
}

// In the order of the text, what is missing last.
std::vector<problem> problems_of(const map &table, const text_places &places,
                                 std::span<const schema> records) {
    std::vector<problem> problems;
    for (std::size_t i = 0; i < table.size(); ++i) {
        const auto &[key, item] = table[i];
        if (auto found = problem_with(key, item, places.items[i].at, records)) {
            problems.push_back(std::move(*found));
        }
    }
    for (const schema &record : records) {
        if ((record.flags & ALD_SCHEMA_REQUIRED) != 0 && !index_in(table, record.name)) {
            problems.push_back(
                {ALD_E_INVALID, "the key " + shown(record.name) + " is missing", places.at});
        }
    }
    return problems;
}

// "exposure is ...; 2 more problems: lab.toml:4:1: ...; lab.toml:7:1: ..."
std::string told(std::span<const problem> problems, std::string_view name) {
    std::string text = problems[0].message;
    const std::size_t more = problems.size() - 1;
    if (more > 0) {
        text += fmt::format("; {} more problem{}", more, more == 1 ? "" : "s");
    }
    const auto rest = problems.subspan(1, std::min(more, most_problems_told));
    for (std::size_t i = 0; i < rest.size(); ++i) {
        text += (i == 0 ? ": " : "; ") + place_in(name, rest[i].at) + ": " + rest[i].message;
    }
    return text + (rest.size() < more ? "; ..." : "");
}

} // namespace

result<ref<settings>> settings::load(const std::string &path) {
    const auto text = read_file(path, settings_size_max, "settings");
    if (!text) {
        return failure(text.error());
    }
    return parse(*text, path);
}

result<ref<settings>> settings::parse(std::string_view text, std::string_view name) {
    if (text.size() > settings_size_max) {
        return fail(ALD_E_LIMIT, "settings", "{} has more than {} bytes", shown(name),
                    settings_size_max);
    }
    auto document = read_toml(text, name);
    if (!document) {
        return failure(document.error());
    }
    return make<settings>(name, std::move(*document));
}

result<settings::entry> settings::find(std::string_view key) const {
    const auto path = parse_key_path(key);
    if (!path) {
        return failure(path.error());
    }
    entry at{&document_.root, &document_.places};
    std::string walked;
    for (const std::string &piece : *path) {
        if (!descend(at, piece)) {
            return fail(
                {.code = ALD_E_NOT_FOUND, .domain = "settings", .where = where(at.places->at)},
                "there is no {} in {}{}", shown(piece), walked.empty() ? name_ : shown(walked),
                hint(*at.content, piece));
        }
        append_key(walked, piece);
    }
    return at;
}

outcome settings::check(std::string_view key, std::span<const schema> records) const {
    const auto table = find(key);
    if (!table) {
        return failure(table.error());
    }
    const map *items = table->content->as_map();
    if (items == nullptr) {
        return fail(
            {.code = ALD_E_INVALID, .domain = "settings", .where = where(table->places->at)},
            "{} is of type {}, expected a table", shown(key), type_name(table->content->type()));
    }
    const auto problems = problems_of(*items, *table->places, records);
    if (problems.empty()) {
        return {};
    }
    return fail({.code = problems[0].code, .domain = "settings", .where = where(problems[0].at)},
                "{}", told(problems, name_));
}

} // namespace alidade
