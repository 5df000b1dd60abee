// Settings: a TOML file, and where each of its keys stands.
#pragma once

#include "base/text/toml_reader.hpp"
#include "base/value/schema.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace alidade {

constexpr std::size_t settings_size_max = std::size_t{16} << 20;

class settings final : public object {
public:
    [[nodiscard]] static result<ref<settings>> load(const std::string &path);
    // `name` is what errors call the text.
    [[nodiscard]] static result<ref<settings>> parse(std::string_view text, std::string_view name);

    // Borrowed from the settings.
    struct entry {
        const value *content;
        const text_places *places;
    };
    // The part under a key: names joined by dots as in TOML, list items by their number; "" is the
    // whole. NOT_FOUND names the nearest key.
    [[nodiscard]] result<entry> find(std::string_view key) const;

    // Checks the keys of a table against records that are valid themselves. The error is that of
    // the first problem, and tells all of them.
    [[nodiscard]] outcome check(std::string_view key, std::span<const schema> records) const;

    // The file it was read from, or what the text was called.
    [[nodiscard]] const std::string &name() const noexcept { return name_; }

    // "lab.toml:12:3"
    [[nodiscard]] std::string where(const text_position &at) const { return place_in(name_, at); }

private:
    template <class T, class... Args> friend ref<T> make(Args &&...args);
    settings(std::string_view name, toml_document document)
        : object(ALD_KIND_SETTINGS), name_(name), document_(std::move(document)) {}

    std::string name_;
    toml_document document_;
};

} // namespace alidade
