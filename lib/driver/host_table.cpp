#include "driver/host_table.hpp"

#include "base/async/work.hpp"
#include "base/inside_library.hpp"
#include "base/log.hpp"
#include "driver/bench.hpp"
#include "driver/instruments.hpp"
#include "driver/load.hpp"
#include "driver/ports.hpp"
#include "driver/streams.hpp"
#include "driver/tokens.hpp"
#include "driver/values.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <mutex>

namespace alidade {

namespace {

// Runs what tells of a node's parts, during create and open alone.
template <class Body>
ald_status declare(ald_node *node, const char *function, ald_error **err, Body &&body) noexcept {
    return for_node(node, function, err, [&](device &of) {
        return of.check_declaring().and_then([&] { return body(of); });
    });
}

ald_status add_child(ald_node *node, const char *name, void *user_data, ald_node **child,
                     ald_error **err) noexcept {
    return declare(node, "add_child", err, [&](device &of) {
        return text(name, "name of the child")
            .and_then([&](const std::string &n) { return of.add_child(n, user_data); })
            .map([&](device *added) {
                if (child != nullptr) {
                    *child = node_of(*added);
                }
            });
    });
}

ald_status add_property(ald_node *node, const ald_schema *record, ald_error **err) noexcept {
    return declare(node, "add_property", err, [&](device &of) {
        return given_schema(record).and_then(
            [&](schema s) { return of.add_property(std::move(s)); });
    });
}

ald_status add_action(ald_node *node, const char *name, const char *doc, uint64_t flags,
                      ald_error **err) noexcept {
    return declare(node, "add_action", err, [&](device &of) -> outcome {
        const auto named = text(name, "name of the action");
        const auto told = optional_text(doc, "description of the action");
        if (!named || !told) {
            return failure(named ? told.error() : named.error());
        }
        constexpr std::uint64_t known = ALD_ACTION_STARTS | ALD_ACTION_MOVES;
        if ((flags & ~known) != 0) {
            return fail(ALD_E_INVALID, "device",
                        "flags of the action '{}' are {:#x}; expected ALD_ACTION_STARTS, "
                        "ALD_ACTION_MOVES, both or 0",
                        *named, flags);
        }
        return of.add_action(*named, *told, (flags & ALD_ACTION_MOVES) != 0,
                             (flags & ALD_ACTION_STARTS) != 0);
    });
}

ald_status child_failed(ald_node *node, const char *name, const ald_error *why,
                        ald_error **err) noexcept {
    return declare(node, "child_failed", err, [&](device &of) {
        return text(name, "name of the child").and_then([&](const std::string &part) {
            const failure given = driver_failure(ALD_E_STATE, why, of.path() + "/" + part);
            return of.child_failed(part, given.value());
        });
    });
}

ald_status add_capability(ald_node *node, const char *name, int32_t version,
                          ald_error **err) noexcept {
    return declare(node, "add_capability", err, [&](device &of) {
        return text(name, "name of the capability").and_then([&](const std::string &n) {
            return of.add_capability(n, version);
        });
    });
}

ald_status set_identity(ald_node *node, const char *vendor, const char *model,
                        const char *serial_number, const char *firmware, ald_error **err) noexcept {
    return declare(node, "set_identity", err, [&](device &of) -> outcome {
        device::identity who;
        struct part {
            const char *given;
            const char *what;
            std::string &to;
        };
        for (const part &p : {part{vendor, "vendor", who.vendor}, part{model, "model", who.model},
                              part{serial_number, "serial number", who.serial_number},
                              part{firmware, "firmware", who.firmware}}) {
            auto known = optional_text(p.given, p.what);
            if (!known) {
                return failure(std::move(known.error()));
            }
            p.to = std::move(*known);
        }
        of.set_identity(std::move(who));
        return {};
    });
}

ald_status set_timeouts(ald_node *node, int64_t query_ns, int64_t motion_ns,
                        ald_error **err) noexcept {
    return for_node(node, "set_timeouts", err,
                    [&](device &of) { return of.set_timeouts(query_ns, motion_ns); });
}

void describe_request(const ald_request *r, ald_request_info *info) noexcept {
    const request &asked = behind_request(r);
    const request::order &what = asked.what();
    ald_request_info known{};
    known.verb = what.verb;
    known.node = node_of(asked.target());
    known.node_data = asked.target().driver_data;
    known.name = what.name.c_str();
    known.property = what.property;
    const auto *lent = static_cast<const lent_value *>(asked.attachment.get());
    known.value = lent != nullptr ? lent->get() : nullptr;
    const double *number = what.argument.as_double();
    known.number = number != nullptr ? *number : schema::none;
    known.deadline_mono_ns = what.deadline;
    (void)put_record(info, known, "request");
}

int32_t is_cancelled(const ald_request *r) noexcept {
    return behind_request(r).should_end() ? 1 : 0;
}

int32_t sleep_until(const ald_request *r, int64_t t_mono_ns) noexcept {
    try {
        return behind_request(r).sleep_until(t_mono_ns) ? 1 : 0;
    } catch (...) { // no memory to wait with
        return 1;
    }
}

void accept(ald_request *r) noexcept { behind_request(r).accept(); }

void takes_until(ald_request *r, int64_t t_mono_ns) noexcept {
    behind_request(r).takes_until(t_mono_ns);
}

void report_progress(ald_request *r, double done, double total, const char *unit,
                     const char *phase) noexcept {
    request &asked = behind_request(r);
    (void)for_driver(nullptr, [&]() -> outcome { // a missed progress is no harm
        const auto in = optional_text(unit, "unit");
        const auto during = optional_text(phase, "phase");
        if (!in || !during || std::isnan(done) || std::isnan(total)) {
            log_fault(asked.target(),
                      "told a progress that is NaN, or whose unit or phase is not UTF-8");
            return {};
        }
        asked.progress({done, total, in->empty() ? "1" : *in, *during});
        return {};
    });
}

void complete(ald_request *r, ald_status status, const ald_value *v, const ald_error *e) noexcept {
    if (r == nullptr) {
        log::write(ALD_LOG_ERROR, "driver", "a driver has completed a request that is NULL");
        return;
    }
    request &asked = behind_request(r);
    try {
        asked.complete(status == ALD_OK ? given_value(v)
                                        : driver_failure(status, e, asked.target().path()));
    } catch (...) {
        asked.complete(failure(out_of_memory()));
    }
}

void complete_reading(ald_request *r, const ald_reading *given) noexcept {
    const auto read = get_record(given, ald_reading{}, "reading");
    behind_request(r).complete(read.map([](const ald_reading &x) { return value(x.value); }),
                               read ? &*read : nullptr);
}

void publish(ald_node *node, int64_t property, const ald_value *v) noexcept {
    try {
        device &of = behind_node(node);
        if (const auto known = given_value(v)) {
            of.publish(static_cast<std::size_t>(property), *known);
        } else {
            log_fault(of, "published no value: " + known.error()->detail().message);
        }
    } catch (...) {
        log::write(ALD_LOG_ERROR, "device", "an event was lost for want of memory");
    }
}

void disconnected(ald_node *node, const char *why) noexcept {
    try {
        behind_node(node).disconnect(why != nullptr ? why : "unknown reason");
    } catch (...) {
        log::write(ALD_LOG_ERROR, "device", "telling of a lost device failed for want of memory");
    }
}

void found_moving(ald_node *node) noexcept { behind_node(node).found_moving(); }

ald_status schedule(ald_node *node, int64_t t_mono_ns, void (*fn)(void *), void *user_data,
                    uint64_t *timer_id, ald_error **err) noexcept {
    return call(err, in(), out(timer_id), [&]() -> outcome {
        if (fn == nullptr) {
            return fail(ALD_E_INVALID, "driver", "the function that schedule was given is NULL");
        }
        const auto armed =
            behind_node(node).schedule(t_mono_ns, [fn, user_data] { fn(user_data); });
        if (!armed) {
            return failure(armed.error());
        }
        *timer_id = *armed;
        return {};
    });
}

int32_t unschedule(ald_node *node, uint64_t timer_id) noexcept {
    return behind_node(node).unschedule(timer_id) ? 1 : 0;
}

void write_log(ald_log_level level, const char *domain, const char *message) noexcept {
    const bool known = level >= ALD_LOG_TRACE && level <= ALD_LOG_ERROR;
    log::write(known ? level : ALD_LOG_ERROR, domain != nullptr ? domain : "driver",
               message != nullptr ? message : "");
}

// Driver instance behind a driver's table of functions.
class table_instance final : public instance {
public:
    explicit table_instance(const ald_driver &table) noexcept : table_(table) {}
    ~table_instance() override {
        if (created_) {
            const inside_library inside;
            table_.destroy(data_);
        }
    }
    [[nodiscard]] ald_status create(device &root, const ald_value *options, ald_error **why) {
        const ald_status status = table_.create(node_of(root), options, &data_, why);
        created_ = status == ALD_OK;
        return status;
    }
    [[nodiscard]] void *data() const noexcept { return data_; }

    void submit(request &r) override {
        const inside_library inside;
        if (r.what().argument.type() != ALD_TYPE_NULL) {
            try {
                r.attachment = std::make_shared<const lent_value>(r.what().argument);
            } catch (...) {
                r.complete(failure(out_of_memory()));
                return;
            }
        }
        table_.submit(data_, request_of(r));
    }
    void cancel(request &r) override {
        const inside_library inside;
        if (table_.cancel != nullptr) {
            table_.cancel(data_, request_of(r));
        }
    }

private:
    const ald_driver &table_;
    void *data_ = nullptr;
    bool created_ = false;
};

// A driver's table as this version of the library knows it: members that the driver's own headers
// did not have are absent, those that only later headers have are left out.
result<ald_driver> whole_table(const ald_driver *given) {
    constexpr std::size_t least = offsetof(ald_driver, submit) + sizeof(ald_driver::submit);
    if (given == nullptr || given->struct_size < least) {
        return fail(ALD_E_INVALID, "device",
                    "the table of a driver has {} bytes, expected at least {}; set struct_size to "
                    "sizeof(ald_driver)",
                    given != nullptr ? given->struct_size : 0, least);
    }
    ald_driver table{};
    std::memcpy(&table, given, std::min<std::size_t>(given->struct_size, sizeof(table)));
    table.struct_size = sizeof(table);
    if (table.name == nullptr || table.doc == nullptr || table.create == nullptr ||
        table.destroy == nullptr || table.submit == nullptr) {
        return fail(ALD_E_INVALID, "device",
                    "the table of the driver '{}' lacks name, doc, create, destroy or submit",
                    table.name != nullptr ? table.name : "");
    }
    if (table.name[0] == '\0') {
        return fail(ALD_E_INVALID, "device", "the table of a driver has an empty name");
    }
    if (table.abi < ALD_DRIVER_ABI_MIN || table.abi > ALD_DRIVER_ABI) {
        return fail(
            ALD_E_VERSION, "device",
            "the driver '{}' was built for driver ABI {}, this library expects {}; build it "
            "anew with the headers of this library",
            table.name, table.abi, int{ALD_DRIVER_ABI});
    }
    return table;
}

class table_driver final : public driver {
public:
    // Fails if the table cannot be used.
    [[nodiscard]] static result<std::unique_ptr<const driver>> of(const ald_driver *table) {
        auto whole = whole_table(table);
        if (!whole) {
            return failure(std::move(whole.error()));
        }
        table = &*whole;
        auto made = std::unique_ptr<table_driver>(new table_driver(*whole));
        auto options =
            option_records(table->name, table->options, table->option_stride, table->option_count);
        if (!options) {
            return failure(std::move(options.error()));
        }
        made->options_ = std::move(*options);
        return made;
    }

    [[nodiscard]] const std::string &name() const override { return name_; }
    [[nodiscard]] const std::string &doc() const override { return doc_; }
    [[nodiscard]] bool blocking() const override {
        return (table_.flags & ALD_DRIVER_BLOCKING) != 0;
    }
    [[nodiscard]] std::span<const schema> options() const override { return options_; }

    [[nodiscard]] result<std::unique_ptr<instance>> create(device &root,
                                                           const value &options) const override {
        const inside_library inside;
        const lent_value lent(options);
        handed_over<ald_error> why;
        auto made = std::make_unique<table_instance>(table_);
        const ald_status status = made->create(root, lent.get(), &why.handle);
        if (status != ALD_OK) {
            return driver_failure(status, why.handle, root.path());
        }
        root.driver_data = made->data();
        return made;
    }

    [[nodiscard]] result<value> discover() const override {
        if (table_.discover == nullptr) {
            return value(list());
        }
        const inside_library inside;
        handed_over<ald_value> found;
        handed_over<ald_error> why;
        const ald_status status = table_.discover(&found.handle, &why.handle);
        return status == ALD_OK ? given_value(found.handle)
                                : driver_failure(status, why.handle, name_);
    }

private:
    explicit table_driver(const ald_driver &table)
        : table_(table), name_(table.name), doc_(table.doc) {}

    const ald_driver table_;
    std::string name_;
    std::string doc_;
    std::vector<schema> options_;
};

// Complete before the first driver sees it.
ald_host table{};

ald_host completed(const ald_host &skin) {
    ald_host all = skin;
    all.struct_size = sizeof(ald_host);
    all.abi = ALD_DRIVER_ABI;
    all.add_child = add_child;
    all.child_failed = child_failed;
    all.add_property = add_property;
    all.add_action = add_action;
    all.add_capability = add_capability;
    all.set_identity = set_identity;
    all.set_timeouts = set_timeouts;
    all.found_moving = found_moving;
    all.describe = describe_request;
    all.is_cancelled = is_cancelled;
    all.sleep_until = sleep_until;
    all.accept = accept;
    all.takes_until = takes_until;
    all.progress = report_progress;
    all.complete = complete;
    all.complete_reading = complete_reading;
    all.publish = publish;
    all.disconnected = disconnected;
    all.schedule = schedule;
    all.unschedule = unschedule;
    all.poll_at = driver_ports::poll_at;
    all.log = write_log;
    all.port_open = driver_ports::port_open;
    all.port_close = driver_ports::port_close;
    all.port_write = driver_ports::port_write;
    all.port_read = driver_ports::port_read;
    all.port_read_line = driver_ports::port_read_line;
    all.port_query = driver_ports::port_query;
    all.port_discard = driver_ports::port_discard;
    all.port_suspect = driver_ports::port_suspect;
    all.port_send_now = driver_ports::port_send_now;
    all.port_list = driver_ports::port_list;
    all.stream_configure = driver_streams::stream_configure;
    all.slot_take = driver_streams::slot_take;
    all.slot_publish = driver_streams::slot_publish;
    all.slot_drop = driver_streams::slot_drop;
    all.frames_lost = driver_streams::frames_lost;
    all.bench_of = driver_bench::bench_of;
    all.bench_get = driver_bench::bench_get;
    all.bench_unit = driver_bench::bench_unit;
    all.bench_set = driver_bench::bench_set;
    all.bench_move = driver_bench::bench_move;
    all.bench_halt = driver_bench::bench_halt;
    all.bench_seed = driver_bench::bench_seed;
    all.bench_expose = driver_bench::bench_expose;
    all.link_send = driver_bench::link_send;
    all.link_wake_at = driver_bench::link_wake_at;
    all.frames_starved = driver_streams::frames_starved;
    return all;
}

} // namespace

const ald_host &driver_host() noexcept { return table; }

result<std::unique_ptr<const driver>> driver_of(const ald_driver *table) {
    return table_driver::of(table);
}

void begin_drivers(std::span<const ald_driver_entry> builtin, const ald_host &skin) {
    static std::once_flag once;
    std::call_once(once, [&] {
        table = completed(skin);
        for (const ald_driver_entry entry : builtin) {
            const ald_driver *offered = entry(&table);
            auto added = table_driver::of(offered).and_then(drivers::add).and_then([&] {
                return add_instruments(*offered);
            });
            if (!added) {
                log::write(ALD_LOG_ERROR, "device", added.error()->detail().message);
            }
        }
        load_drivers_of_environment();
    });
}

namespace {

// Appends the instruments that a driver found to the whole list.
void append_candidates(list &to, const driver &d) {
    const auto candidates = d.discover();
    if (!candidates) {
        log::write(ALD_LOG_WARNING, "device", candidates.error()->detail().message);
        return;
    }
    if (candidates->as_list() == nullptr) {
        log::write(ALD_LOG_WARNING, "device",
                   fmt::format("the driver '{}' found {}; expected a list", d.name(),
                               type_name(candidates->type())));
        return;
    }
    for (const value &candidate : *candidates->as_list()) {
        if (const map *known = candidate.as_map()) {
            map entry{{"driver", d.name()}};
            entry.insert(entry.end(), known->begin(), known->end());
            to.emplace_back(std::move(entry));
        } else {
            log::write(ALD_LOG_WARNING, "driver",
                       fmt::format("the driver '{}' found {}, which is left out; expected a map",
                                   d.name(), type_name(candidate.type())));
        }
    }
}

result<value> discover(std::int64_t deadline, const cancel_source &cancel) {
    list found;
    for (const driver *d : drivers::all()) {
        if (cancel.triggered()) {
            return fail(ALD_E_CANCELLED, "device", "the search was cancelled");
        }
        if (mono_ns() > deadline) {
            return fail(ALD_E_TIMEOUT, "device",
                        "the search took longer than the timeout; allow more time");
        }
        append_candidates(found, *d);
    }
    return value(std::move(found));
}

} // namespace

result<ref<op>> start_discover(std::int64_t timeout_ns) {
    auto search = make<op>();
    const auto look = [deadline = deadline_after(timeout_ns)](op &ours,
                                                              const cancel_source &cancel) {
        ours.finish(discover(deadline, cancel));
    };
    return start_work(search, look).map([&] { return search; });
}

} // namespace alidade
