#include "abi/drivers.hpp"

#include "abi/builtin_drivers.hpp"
#include "driver/host_table.hpp"

#include <alidade.h>

namespace alidade {

namespace {

ald_error *error_new(ald_status code, const char *domain, int64_t native_code,
                     const char *message) noexcept {
    ald_error *made = nullptr;
    (void)ald_error_new(code, domain, native_code, message, nullptr, nullptr, nullptr, &made,
                        nullptr);
    return made;
}

constexpr ald_host skin = [] {
    ald_host t{};
    t.mono_ns = ald_clock_mono_ns;
    t.error_new = error_new;
    t.error_unref = ald_error_unref;
    t.value_new_bool = ald_value_new_bool;
    t.value_new_int = ald_value_new_int;
    t.value_new_double = ald_value_new_double;
    t.value_new_string = ald_value_new_string;
    t.value_new_list = ald_value_new_list;
    t.value_new_map = ald_value_new_map;
    t.value_append = ald_value_append;
    t.value_set = ald_value_set;
    t.value_type = ald_value_type;
    t.value_get = ald_value_get;
    t.value_get_bool = ald_value_get_bool;
    t.value_get_int = ald_value_get_int;
    t.value_get_double = ald_value_get_double;
    t.value_get_string = ald_value_get_string;
    t.value_unref = ald_value_unref;
    t.value_count = ald_value_count;
    t.value_at = ald_value_at;
    t.clock_new = ald_clock_new;
    t.clock_observe = ald_clock_observe;
    t.clock_to_mono = ald_clock_to_mono;
    t.clock_id = ald_clock_id;
    t.clock_unref = ald_clock_unref;
    t.number_format = ald_number_format;
    t.number_parse = ald_number_parse;
    return t;
}();

} // namespace

void load_builtin_drivers() { begin_drivers(builtin_drivers(), skin); }

} // namespace alidade
