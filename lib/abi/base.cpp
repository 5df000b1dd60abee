#include "base/boundary/guard.hpp"
#include "version.hpp"

#include <cstring>

using namespace alidade;

const char *ald_version(void) noexcept { return version_text; }

int32_t ald_abi_version(void) noexcept { return ALD_ABI; }

int32_t ald_has_feature(const char *name) noexcept {
    const std::string_view all(feature_names);
    const std::string_view wanted(name != nullptr ? name : "");
    for (std::size_t begin = 0; begin < all.size();) {
        const std::size_t end = std::min(all.find(' ', begin), all.size());
        if (!wanted.empty() && all.substr(begin, end - begin) == wanted) {
            return 1;
        }
        begin = end + 1;
    }
    return 0;
}

const char *ald_feature_names(void) noexcept { return feature_names; }

const char *ald_status_name(ald_status status) noexcept { return status_name(status); }

ald_status ald_shutdown(int64_t timeout_ns, ald_error **err) noexcept {
    return call(err, in(), out(), [&] {
        return deadline_of(timeout_ns).and_then([](std::int64_t deadline) {
            return runtime::instance().shutdown(deadline);
        });
    });
}

ald_status ald_error_new(ald_status code, const char *domain, int64_t native_code,
                         const char *message, const char *where, const char *traceback,
                         const ald_error *cause, ald_error **out_error, ald_error **err) noexcept {
    return call(err, in(optional_handle{cause}), out(out_error), [&](error *behind_it) -> outcome {
        if (code == ALD_OK || !is_status(code)) {
            return fail(ALD_E_INVALID, "abi", "{} is no failure status; give one of ALD_E_<X>",
                        code);
        }
        error_detail detail{.code = code, .native_code = native_code};
        const std::tuple<std::string &, const char *, const char *, const char *> texts[] = {
            {detail.domain, domain, "domain", "application"},
            {detail.message, message, "message", nullptr},
            {detail.where, where, "place", ""},
            {detail.traceback, traceback, "traceback", ""}};
        for (const auto &[to, given, what, otherwise] : texts) {
            auto copy = text(given != nullptr ? given : otherwise, what);
            if (!copy) {
                return failure(std::move(copy.error()));
            }
            to = std::move(*copy);
        }
        return give(out_error,
                    make<const error>(std::move(detail), ref<const error>::share(behind_it)));
    });
}

ald_status ald_error_code(const ald_error *error) noexcept {
    return look(error, static_cast<ald_status>(ALD_E_INVALID), [](auto &e) { return e.code(); });
}

const char *ald_error_message(const ald_error *error) noexcept {
    return look(error, "", [](auto &e) { return e.detail().message.c_str(); });
}

const char *ald_error_domain(const ald_error *error) noexcept {
    return look(error, "", [](auto &e) { return e.detail().domain.c_str(); });
}

int64_t ald_error_native_code(const ald_error *error) noexcept {
    return look(error, int64_t{0}, [](auto &e) { return e.detail().native_code; });
}

const char *ald_error_where(const ald_error *error) noexcept {
    return look(error, "", [](auto &e) { return e.detail().where.c_str(); });
}

const char *ald_error_traceback(const ald_error *error) noexcept {
    return look(error, "", [](auto &e) { return e.detail().traceback.c_str(); });
}

ald_error *ald_error_cause(const ald_error *error) noexcept {
    return look(error, static_cast<ald_error *>(nullptr), [](auto &e) {
        return e.cause() ? static_cast<ald_error *>(handle_table::instance().give(*e.cause()))
                         : nullptr;
    });
}

ald_kind ald_handle_kind(const void *handle) noexcept {
    return runtime::forked() ? ald_kind{ALD_KIND_NONE} : handle_table::instance().kind_of(handle);
}

void ald_handle_ref(const void *handle) noexcept { take_reference(handle); }

void ald_handle_unref(const void *handle) noexcept { drop_reference(handle); }

void ald_handle_unref_many(const void *const *handles, int64_t count) noexcept {
    for (int64_t i = 0; handles != nullptr && i < count; ++i) {
        drop_reference(handles[i]);
    }
}

void ald_handle_clear(void *place) noexcept {
    if (place != nullptr) {
        const void *handle = nullptr;
        std::memcpy(&handle, place, sizeof handle);
        std::memset(place, 0, sizeof handle);
        drop_reference(handle);
    }
}

int64_t ald_handle_count(void) noexcept { return handle_table::instance().count(); }
