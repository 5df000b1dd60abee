#include <alidade/arrangement.h>

#include "abi/blocking.hpp"
#include "device/lab.hpp"
#include "device/safe_state.hpp"

using namespace alidade;

namespace {

value content_of(const value_object *given) { return given != nullptr ? given->content : value(); }

result<std::vector<std::string>> paths_in(const value &axes) {
    std::vector<std::string> paths;
    if (axes.type() == ALD_TYPE_NULL) {
        return paths;
    }
    if (axes.as_list() == nullptr) {
        return fail(ALD_E_INVALID, "lab", "the axes are of type {}; give a list of paths, or NULL",
                    type_name(axes.type()));
    }
    for (const value &path : *axes.as_list()) {
        if (path.as_string() == nullptr) {
            return fail(ALD_E_INVALID, "lab", "the path of an axis is of type {}; give a string",
                        type_name(path.type()));
        }
        paths.push_back(*path.as_string());
    }
    return paths;
}

result<ref<op>> start_apply(lab &l, const char *group, const char *preset, int64_t timeout_ns) {
    return text(group, "name of the group").and_then([&](const std::string &g) {
        return text(preset, "name of the preset").and_then([&](const std::string &p) {
            return l.start_apply(g, p, timeout_ns);
        });
    });
}

result<ref<op>> start_current(lab &l, const char *group, int64_t timeout_ns) {
    return text(group, "name of the group").and_then([&](const std::string &g) {
        return l.start_current(g, timeout_ns);
    });
}

result<ref<op>> start_remember(lab &l, const char *name, const value_object *axes,
                               int64_t timeout_ns) {
    return text(name, "name of the position").and_then([&](const std::string &n) {
        return paths_in(content_of(axes)).and_then([&](const std::vector<std::string> &paths) {
            return l.start_remember(n, paths, timeout_ns);
        });
    });
}

result<ref<op>> start_go_to(lab &l, const char *position, int64_t timeout_ns) {
    return text(position, "name of the position").and_then([&](const std::string &p) {
        return l.start_go_to(p, timeout_ns);
    });
}

result<ref<op>> start_safe(const device &d, int64_t timeout_ns) {
    return d.check_open().and_then([&] { return start_safe_state({d.whole()}, timeout_ns); });
}

} // namespace

ald_status ald_lab_set_group(ald_lab *lab, const char *name, const ald_value *presets,
                             const ald_value *tolerances, ald_error **err) noexcept {
    return call(err, in(lab, presets, optional_handle{tolerances}), out(),
                [&](auto &l, auto &p, auto *t) {
                    return text(name, "name of the group").and_then([&](const std::string &n) {
                        return l.set_group(n, p.content, content_of(t));
                    });
                });
}

ald_status ald_lab_remove_group(ald_lab *lab, const char *name, ald_error **err) noexcept {
    return call(err, in(lab), out(), [&](auto &l) {
        return text(name, "name of the group").and_then([&](const std::string &n) {
            return l.remove_group(n);
        });
    });
}

ald_status ald_lab_groups(const ald_lab *lab, ald_value **out_value, ald_error **err) noexcept {
    return call(err, in(lab), out(out_value), [&](auto &l) { return give(out_value, l.groups()); });
}

ald_status ald_lab_apply(ald_lab *lab, const char *group, const char *preset, int64_t timeout_ns,
                         const ald_cancel *cancel, ald_value **out_value,
                         ald_error **err) noexcept {
    if (out_value != nullptr) {
        *out_value = nullptr;
    }
    return call(err, in(lab, optional_handle{cancel}), out(), [&](auto &l, auto *c) {
        return give_if_wanted(out_value, finish(timeout_ns, c, [&] {
                                  return start_apply(l, group, preset, timeout_ns);
                              }));
    });
}

ald_status ald_lab_start_apply(ald_lab *lab, const char *group, const char *preset,
                               int64_t timeout_ns, ald_op **op, ald_error **err) noexcept {
    return call(err, in(lab), out(op), [&](auto &l) {
        return start(op, timeout_ns, [&] { return start_apply(l, group, preset, timeout_ns); });
    });
}

ald_status ald_lab_current(ald_lab *lab, const char *group, int64_t timeout_ns,
                           const ald_cancel *cancel, ald_value **out_value,
                           ald_error **err) noexcept {
    return call(err, in(lab, optional_handle{cancel}), out(out_value), [&](auto &l, auto *c) {
        return give(out_value,
                    finish(timeout_ns, c, [&] { return start_current(l, group, timeout_ns); }));
    });
}

ald_status ald_lab_start_current(ald_lab *lab, const char *group, int64_t timeout_ns, ald_op **op,
                                 ald_error **err) noexcept {
    return call(err, in(lab), out(op), [&](auto &l) {
        return start(op, timeout_ns, [&] { return start_current(l, group, timeout_ns); });
    });
}

ald_status ald_lab_set_position(ald_lab *lab, const char *name, const ald_value *axes,
                                ald_error **err) noexcept {
    return call(err, in(lab, axes), out(), [&](auto &l, auto &a) {
        return text(name, "name of the position").and_then([&](const std::string &n) {
            return l.set_position(n, a.content);
        });
    });
}

ald_status ald_lab_forget_position(ald_lab *lab, const char *name, ald_error **err) noexcept {
    return call(err, in(lab), out(), [&](auto &l) {
        return text(name, "name of the position").and_then([&](const std::string &n) {
            return l.forget(n);
        });
    });
}

ald_status ald_lab_positions(const ald_lab *lab, ald_value **out_value, ald_error **err) noexcept {
    return call(err, in(lab), out(out_value),
                [&](auto &l) { return give(out_value, l.positions()); });
}

ald_status ald_lab_remember_position(ald_lab *lab, const char *name, const ald_value *axes,
                                     int64_t timeout_ns, const ald_cancel *cancel,
                                     ald_value **out_value, ald_error **err) noexcept {
    if (out_value != nullptr) {
        *out_value = nullptr;
    }
    return call(err, in(lab, optional_handle{axes}, optional_handle{cancel}), out(),
                [&](auto &l, auto *a, auto *c) {
                    return give_if_wanted(out_value, finish(timeout_ns, c, [&] {
                                              return start_remember(l, name, a, timeout_ns);
                                          }));
                });
}

ald_status ald_lab_start_remember_position(ald_lab *lab, const char *name, const ald_value *axes,
                                           int64_t timeout_ns, ald_op **op,
                                           ald_error **err) noexcept {
    return call(err, in(lab, optional_handle{axes}), out(op), [&](auto &l, auto *a) {
        return start(op, timeout_ns, [&] { return start_remember(l, name, a, timeout_ns); });
    });
}

ald_status ald_lab_go_to(ald_lab *lab, const char *position, int64_t timeout_ns,
                         const ald_cancel *cancel, ald_value **out_value,
                         ald_error **err) noexcept {
    if (out_value != nullptr) {
        *out_value = nullptr;
    }
    return call(err, in(lab, optional_handle{cancel}), out(), [&](auto &l, auto *c) {
        return give_if_wanted(
            out_value, finish(timeout_ns, c, [&] { return start_go_to(l, position, timeout_ns); }));
    });
}

ald_status ald_lab_start_go_to(ald_lab *lab, const char *position, int64_t timeout_ns, ald_op **op,
                               ald_error **err) noexcept {
    return call(err, in(lab), out(op), [&](auto &l) {
        return start(op, timeout_ns, [&] { return start_go_to(l, position, timeout_ns); });
    });
}

ald_status ald_device_set_safe_state(ald_device *device, const ald_value *steps,
                                     ald_error **err) noexcept {
    return call(err, in(device, optional_handle{steps}), out(), [&](auto &d, auto *s) {
        if (s == nullptr) {
            return d.set_safe_steps(std::nullopt);
        }
        return safe_steps_from(s->content).and_then([&](std::vector<safe_step> declared) {
            return d.set_safe_steps(std::move(declared));
        });
    });
}

ald_status ald_device_safe_state(ald_device *device, int64_t timeout_ns, const ald_cancel *cancel,
                                 ald_error **err) noexcept {
    return call(err, in(device, optional_handle{cancel}), out(), [&](auto &d, auto *c) {
        return done(finish(timeout_ns, c, [&] { return start_safe(d, timeout_ns); }));
    });
}

ald_status ald_device_start_safe_state(ald_device *device, int64_t timeout_ns, ald_op **op,
                                       ald_error **err) noexcept {
    return call(err, in(device), out(op), [&](auto &d) {
        return start(op, timeout_ns, [&] { return start_safe(d, timeout_ns); });
    });
}

ald_status ald_lab_safe_state(ald_lab *lab, int64_t timeout_ns, const ald_cancel *cancel,
                              ald_error **err) noexcept {
    return call(err, in(lab, optional_handle{cancel}), out(), [&](auto &l, auto *c) {
        return done(finish(timeout_ns, c, [&] { return l.start_safe_state(timeout_ns); }));
    });
}

ald_status ald_lab_start_safe_state(ald_lab *lab, int64_t timeout_ns, ald_op **op,
                                    ald_error **err) noexcept {
    return call(err, in(lab), out(op), [&](auto &l) {
        return start(op, timeout_ns, [&] { return l.start_safe_state(timeout_ns); });
    });
}
