#include "base/boundary/guard.hpp"

#include "base/inside_library.hpp"

namespace alidade {

result<std::int64_t> deadline_of(std::int64_t timeout_ns) {
    if (timeout_ns < ALD_WAIT_FOREVER) {
        return fail(ALD_E_INVALID, "abi",
                    "timeout_ns is {}; expected nanoseconds, 0 to look or -1 to wait without limit",
                    timeout_ns);
    }
    return deadline_after(timeout_ns);
}

result<std::string_view> bytes_given(const void *argument, std::size_t size,
                                     std::string_view what) {
    if (argument == nullptr && size > 0) {
        return fail(ALD_E_INVALID, "abi",
                    "the {} is NULL with a size of {} bytes; NULL goes with size 0 only", what,
                    size);
    }
    if (size > std::size_t{PTRDIFF_MAX}) {
        return fail(ALD_E_INVALID, "abi",
                    "the size of the {} is {} bytes; expected at most {}, which is all that "
                    "memory can have: was a negative number converted?",
                    what, size, PTRDIFF_MAX);
    }
    return std::string_view(argument != nullptr ? static_cast<const char *>(argument) : "", size);
}

result<std::string> text(const char *argument, std::string_view what) {
    if (argument == nullptr) {
        return fail(ALD_E_INVALID, "abi", "the {} is NULL; give a string", what);
    }
    std::string copy(argument);
    if (const std::size_t at = invalid_utf8(copy); at != std::string::npos) {
        return fail(ALD_E_INVALID, "abi", "the {} is not valid UTF-8 at byte {}", what, at);
    }
    return copy;
}

result<value> value_behind(const ald_value *token) {
    boundary::argument<const ald_value> argument;
    if (!boundary::acquire(argument, token, false)) {
        return fail(ALD_E_INVALID, "abi", "where a value is expected there is a bad handle");
    }
    return argument.get()->content;
}

result<value> callback_result(ald_status status, const value_object *given, const error *why) {
    if (status == ALD_OK) {
        return given != nullptr ? given->content : value();
    }
    if (!is_status(status)) {
        return failure(make<const error>(
            error_detail{.code = ALD_E_CALLBACK,
                         .domain = "application",
                         .message = fmt::format("the function of the application returned {}, "
                                                "which is no status; return 0 or ALD_E_<X>",
                                                status),
                         .native_code = status},
            ref<const error>::share(why)));
    }
    if (why == nullptr) {
        return fail(status, "application", "the application reported {} and said no more",
                    status_name(status));
    }
    if (why->code() == status) {
        return failure(ref<const error>::share(why));
    }
    error_detail detail = why->detail();
    detail.code = status; // the caller sees the status that the application returned
    return failure(make<const error>(std::move(detail), why->cause()));
}

std::shared_ptr<void> user_data_owner::share() {
    // Should there be no memory for the count, shared_ptr itself calls the deleter.
    return {data_, [destroy = std::exchange(destroy_, nullptr)](void *data) {
                if (destroy != nullptr) {
                    const inside_library inside;
                    destroy(data);
                }
            }};
}

namespace boundary {

failure bad_handle(const char *where, int place, const void *token, ald_kind expected) {
    const ald_kind found = handle_table::instance().kind_of(token);
    if (found == expected) {
        return fail({.code = ALD_E_LIMIT, .domain = "abi", .where = where},
                    "as many calls as can be counted run with handle {} at once; wait for some of "
                    "them to end",
                    place);
    }
    const char *what = found != ALD_KIND_NONE ? kind_name(found)
                       : token == nullptr     ? "NULL"
                                              : "stale or no handle at all";
    return fail({.code = ALD_E_INVALID, .domain = "abi", .where = where},
                "handle {} is {}, expected {}; was it given back already?", place, what,
                kind_name(expected));
}

failure null_output(const char *where) {
    return fail({.code = ALD_E_INVALID, .domain = "abi", .where = where},
                "an output or a record that must be given is NULL");
}

ald_status report(const ref<const error> &e, ald_error **err) noexcept {
    if (err == nullptr) {
        return e->code();
    }
    try {
        *err = static_cast<ald_error *>(handle_table::instance().give(*e));
    } catch (...) { // no memory for the handle; the caller still learns the status
    }
    return e->code();
}

ald_status report_current_exception(ald_error **err) noexcept {
    try {
        try {
            throw;
        } catch (const std::bad_alloc &) {
            return report(out_of_memory(), err);
        } catch (const std::exception &e) {
            return report(fail(ALD_E_INTERNAL, "alidade",
                               "a defect of the library: {}; please report it", e.what())
                              .value(),
                          err);
        } catch (...) {
            return report(fail(ALD_E_INTERNAL, "alidade",
                               "a defect of the library: an unknown exception; please report it")
                              .value(),
                          err);
        }
    } catch (...) { // no memory to say it in words
        return ALD_E_NO_MEMORY;
    }
}

ald_status report_fork(ald_error **err) noexcept {
    // No lock may be taken here, so there is no error object either; the status says it all.
    if (err != nullptr) {
        *err = nullptr;
    }
    return ALD_E_FORKED;
}

} // namespace boundary

} // namespace alidade
