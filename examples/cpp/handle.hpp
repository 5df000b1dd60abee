// The C interface with RAII and exceptions, in one small file to copy into a program.
#pragma once

#include <alidade.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace ald {

// What went wrong; `status()` tells one kind from another.
class error : public std::runtime_error {
public:
    error(ald_status status, ald_error *why)
        : std::runtime_error(why != nullptr ? ald_error_message(why) : ald_status_name(status)),
          status_(status), where_(ald_error_where(why)) {
        ald_error_unref(why);
    }
    [[nodiscard]] ald_status status() const noexcept { return status_; }
    [[nodiscard]] const std::string &where() const noexcept { return where_; }

private:
    ald_status status_;
    std::string where_;
};

template <auto Unref> struct gives_back {
    template <class T> void operator()(T *handle) const noexcept { Unref(handle); }
};

// One reference, given back at the end of its scope.
using buffer = std::unique_ptr<ald_buffer, gives_back<ald_buffer_unref>>;
using device = std::unique_ptr<ald_device, gives_back<ald_device_unref>>;
using lab = std::unique_ptr<ald_lab, gives_back<ald_lab_unref>>;
using op = std::unique_ptr<ald_op, gives_back<ald_op_unref>>;
using queue = std::unique_ptr<ald_queue, gives_back<ald_queue_unref>>;
using settings = std::unique_ptr<ald_settings, gives_back<ald_settings_unref>>;
using value = std::unique_ptr<ald_value, gives_back<ald_value_unref>>;

// Calls a function whose last argument is the error.
template <class Function, class... Arguments> void call(Function f, Arguments... arguments) {
    ald_error *why = nullptr;
    if (const ald_status status = f(arguments..., &why); status != ALD_OK) {
        throw error(status, why);
    }
}

// The same for one that gives a handle by the argument before: `make<ald::lab>(ald_lab_new, "a")`.
template <class Handle, class Function, class... Arguments>
Handle make(Function f, Arguments... arguments) {
    typename Handle::pointer made = nullptr;
    call(f, arguments..., &made);
    return Handle(made);
}

} // namespace ald
