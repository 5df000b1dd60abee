// Values and errors for tests of drivers, behind the pointers that drivers see.
#pragma once

#include <alidade/driver.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace fake {

struct datum;
using datum_list = std::vector<datum>;
using datum_map = std::vector<std::pair<std::string, datum>>;

struct datum {
    datum() = default;
    datum(bool x) : content(x) {}
    datum(int x) : content(std::int64_t{x}) {}
    datum(std::int64_t x) : content(x) {}
    datum(double x) : content(x) {}
    datum(const char *x) : content(std::string(x)) {}
    datum(std::string x) : content(std::move(x)) {}
    datum(datum_list x) : content(std::move(x)) {}
    datum(datum_map x) : content(std::move(x)) {}
    datum(void *handle) : content(handle) {}

    [[nodiscard]] ald_type type() const;
    // Preconditions: of that type.
    [[nodiscard]] bool flag() const { return std::get<bool>(content); }
    [[nodiscard]] std::int64_t integer() const { return std::get<std::int64_t>(content); }
    [[nodiscard]] double real() const { return std::get<double>(content); }
    [[nodiscard]] const std::string &text() const { return std::get<std::string>(content); }
    [[nodiscard]] const datum_list &list() const { return std::get<datum_list>(content); }
    // The item of a map; NULL if there is none.
    [[nodiscard]] const datum *find(std::string_view key) const;

    std::variant<std::monostate, bool, std::int64_t, double, std::string, datum_list, datum_map,
                 void *>
        content;
};

struct failure {
    ald_status code = ALD_OK;
    std::string domain{};
    std::int64_t native_code = 0;
    std::string message{};
};

// Owned pointers, and what is behind a pointer. NULL stands for null and for no failure.
[[nodiscard]] ald_value *give(datum d);
[[nodiscard]] datum behind(const ald_value *value);
[[nodiscard]] ald_error *give(failure f);
[[nodiscard]] failure behind(const ald_error *error);

// How many values and errors are alive: what a driver does not give back shows here.
[[nodiscard]] std::int64_t live_values();
[[nodiscard]] std::int64_t live_errors();

// Drivers get no more than so many values, then NO_MEMORY; -1 is no limit.
void exhaust_values(int after);

[[nodiscard]] bool valid_utf8(std::string_view text);

// Fills the part of a host's table that is about values and errors.
void fill_value_functions(ald_host &table);

} // namespace fake
