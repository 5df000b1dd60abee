#include "capi/every_function.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>
#include <tuple>
#include <type_traits>

namespace tests {

namespace {

// Kinds of handles, from the types of arguments.
template <class T> constexpr ald_kind kind_of_type = ALD_KIND_NONE;
template <> constexpr ald_kind kind_of_type<ald_error> = ALD_KIND_ERROR;
template <> constexpr ald_kind kind_of_type<ald_value> = ALD_KIND_VALUE;
template <> constexpr ald_kind kind_of_type<ald_buffer> = ALD_KIND_BUFFER;
template <> constexpr ald_kind kind_of_type<ald_cancel> = ALD_KIND_CANCEL;
template <> constexpr ald_kind kind_of_type<ald_op> = ALD_KIND_OP;
template <> constexpr ald_kind kind_of_type<ald_queue> = ALD_KIND_QUEUE;
template <> constexpr ald_kind kind_of_type<ald_clock> = ALD_KIND_CLOCK;
template <> constexpr ald_kind kind_of_type<ald_settings> = ALD_KIND_SETTINGS;
template <> constexpr ald_kind kind_of_type<ald_callable> = ALD_KIND_CALLABLE;
template <> constexpr ald_kind kind_of_type<ald_source> = ALD_KIND_SOURCE;
template <> constexpr ald_kind kind_of_type<ald_lab> = ALD_KIND_LAB;
template <> constexpr ald_kind kind_of_type<ald_device> = ALD_KIND_DEVICE;
template <> constexpr ald_kind kind_of_type<ald_consumer> = ALD_KIND_CONSUMER;
template <> constexpr ald_kind kind_of_type<ald_bench> = ALD_KIND_BENCH;
template <> constexpr ald_kind kind_of_type<ald_simulation> = ALD_KIND_SIMULATION;

constexpr ald_kind last_kind = ALD_KIND_SIMULATION;

template <class A>
constexpr ald_kind handle_kind = kind_of_type<std::remove_const_t<std::remove_pointer_t<A>>>;
template <class A> constexpr bool is_handle = std::is_pointer_v<A> &&handle_kind<A> != 0;
template <class A> constexpr bool is_address = std::is_void_v<std::remove_pointer_t<A>>;
template <class A> constexpr bool is_function = std::is_function_v<std::remove_pointer_t<A>>;
template <class A> constexpr bool is_text = std::is_same_v<A, const char *>;
// `T **`: an output that a failure clears.
template <class A>
constexpr bool is_pointer_output =
    std::is_pointer_v<A> &&std::is_pointer_v<std::remove_pointer_t<A>> &&
    !std::is_const_v<std::remove_pointer_t<A>>;
template <class A>
constexpr bool is_scalar_output =
    std::is_pointer_v<A> &&std::is_arithmetic_v<std::remove_pointer_t<A>> &&
    !std::is_const_v<std::remove_pointer_t<A>>;
template <class A>
constexpr bool is_record =
    std::is_pointer_v<A> && !is_handle<A> && std::is_class_v<std::remove_pointer_t<A>>;

template <class Record> constexpr bool has_struct_size = requires(Record r) { r.struct_size; };

// Whether `const void *` stands for a handle of any kind, or for memory.
enum class addresses { memory, handles };

template <class R, class... P> R do_nothing(P...) { return R(); }
template <class R, class... P> auto something_like(R (*)(P...)) -> R (*)(P...) {
    return do_nothing<R, P...>;
}

// One argument: where it points to, and what a failure must have left there.
template <class A> class argument {
public:
    argument(const choice &c, int &place, addresses meaning)
        : pointers_(std::is_same_v<A, ald_error **> ||
                    (c.random != nullptr ? c.random->below(10) != 0 : c.pointers)) {
        memory_.fill(poison);
        if constexpr (is_handle<A> || is_address<A>) {
            if (is_handle<A> || meaning == addresses::handles) {
                const bool bad = place++ == c.bad_place;
                if (c.random != nullptr) {
                    handle_ = const_cast<void *>(c.random->handle(handle_kind<A>));
                    return;
                }
                handle_ = bad ? const_cast<void *>(c.bad)
                              : c.good->of(is_handle<A> ? handle_kind<A> : ALD_KIND_QUEUE);
                return;
            }
        }
        if (c.random != nullptr) {
            choose(*c.random);
            return;
        }
        if constexpr (std::is_floating_point_v<A>) {
            number_ = c.number == std::numeric_limits<std::int64_t>::min()
                          ? std::numeric_limits<A>::quiet_NaN()
                          : static_cast<A>(c.number);
        } else if constexpr (std::is_arithmetic_v<A>) {
            number_ = static_cast<A>(c.number);
        } else if constexpr (is_record<A>) {
            memory_.fill(0);
            const auto size = static_cast<std::uint32_t>(sizeof(std::remove_pointer_t<A>));
            std::memcpy(memory_.data(), &size, sizeof(size));
        } else if constexpr (is_address<A> || (!is_pointer_output<A> && !is_scalar_output<A>)) {
            memory_.fill(0);
        }
    }

    [[nodiscard]] A get() {
        if constexpr (std::is_arithmetic_v<A>) {
            return number_;
        } else if constexpr (is_handle<A>) {
            return static_cast<A>(handle_);
        } else if constexpr (is_function<A>) {
            return pointers_ ? something_like(A()) : nullptr;
        } else if constexpr (is_text<A>) {
            return pointers_ ? text_ : nullptr;
        } else {
            if (handle_ != nullptr || !pointers_) {
                return reinterpret_cast<A>(handle_);
            }
            return reinterpret_cast<A>(memory_.data());
        }
    }

    // What is wrong after a failure; "" if nothing.
    [[nodiscard]] std::string dirt() const {
        if constexpr (is_pointer_output<A>) {
            if (pointers_ && pointer() != nullptr) {
                return "a pointer output was not cleared";
            }
        } else if constexpr (is_scalar_output<A>) {
            if (pointers_ && !untouched()) {
                return "an output was touched";
            }
        }
        return "";
    }

    // What was written to behind a record; "" if nothing. An `_init` function sets the size itself.
    [[nodiscard]] std::string overrun() const {
        if constexpr (is_record<A>) {
            std::uint32_t size = 0;
            std::memcpy(&size, memory_.data(), sizeof(size));
            const std::size_t end = std::max({size, size_, std::uint32_t{sizeof(size)}});
            for (std::size_t i = end; canaries_ && i < end + sizeof(std::remove_pointer_t<A>);
                 ++i) {
                if (memory_[i] != poison) {
                    return "byte " + std::to_string(i) + " behind a record of " +
                           std::to_string(end);
                }
            }
        }
        return "";
    }

    // The error that was put here, not to be given back any more.
    [[nodiscard]] ald_error *take_error() {
        void *p = nullptr;
        std::memcpy(&p, memory_.data(), sizeof(p));
        std::memset(memory_.data(), 0, sizeof(p));
        return static_cast<ald_error *>(p);
    }

    // Gives back what a success put there.
    void clean() {
        if constexpr (is_pointer_output<A>) {
            if (pointers_ && ald_handle_kind(pointer()) != ALD_KIND_NONE) {
                unref(pointer());
            }
        } else if constexpr (std::is_same_v<A, ald_record *>) {
            for (std::size_t i = 0; i + sizeof(void *) <= memory_.size(); i += 4) { // any stride
                const void *payload = nullptr;
                std::memcpy(&payload, memory_.data() + i, sizeof(payload));
                unref(payload);
            }
        }
    }

private:
    static constexpr unsigned char poison = 0x5a;

    // A record of any size: shorter than it is today, of today, or of a later version.
    void choose(dice &random) {
        if constexpr (std::is_arithmetic_v<A>) {
            const std::int64_t n = random.number();
            number_ = std::is_floating_point_v<A> && n < 0 ? std::numeric_limits<A>::quiet_NaN()
                                                           : static_cast<A>(n);
            if constexpr (std::is_unsigned_v<A>) { // sizes and strides
                number_ = static_cast<A>(static_cast<std::uint64_t>(n) % 129);
            }
        } else if constexpr (is_text<A>) {
            text_ = random.text();
        } else if constexpr (is_record<A>) {
            constexpr std::uint64_t whole = sizeof(std::remove_pointer_t<A>);
            // A queue writes many records, one behind the other.
            canaries_ =
                has_struct_size<std::remove_pointer_t<A>> && !std::is_same_v<A, ald_record *>;
            if (canaries_) {
                // No version ends within a field.
                const std::uint64_t sizes[] = {0, random.below(whole / 8) * 8, whole, whole,
                                               whole + 64};
                size_ = static_cast<std::uint32_t>(sizes[random.below(std::size(sizes))]);
            } else {
                size_ = whole;
            }
            std::memset(memory_.data(), 0, std::max<std::size_t>(size_, sizeof(size_)));
            std::memcpy(memory_.data(), &size_, sizeof(size_));
        } else if constexpr (is_address<A> || (!is_pointer_output<A> && !is_scalar_output<A>)) {
            memory_.fill(0);
        }
    }

    [[nodiscard]] const void *pointer() const {
        const void *p = nullptr;
        std::memcpy(&p, memory_.data(), sizeof(p));
        return p;
    }
    [[nodiscard]] bool untouched() const {
        return std::all_of(memory_.begin(), memory_.end(),
                           [](unsigned char c) { return c == poison; });
    }

    bool pointers_;
    void *handle_ = nullptr;
    const char *text_ = "x";
    std::conditional_t<std::is_arithmetic_v<A>, A, int> number_{};
    std::uint32_t size_ = 0;
    bool canaries_ = false;
    alignas(64) std::array<unsigned char, room_of_arguments> memory_;
};

bool same(const char *a, const char *b) { return std::string_view(a) == b; }
template <class T> bool same(T a, T b) { return a == b; }

template <class... A> constexpr bool ends_with_error() {
    if constexpr (sizeof...(A) == 0) {
        return false;
    } else {
        return std::is_same_v<std::tuple_element_t<sizeof...(A) - 1, std::tuple<A...>>,
                              ald_error **>;
    }
}

template <class R, class... A> class entry {
public:
    using pointer = R (*)(A...) noexcept;

    entry(pointer fn, addresses meaning) : fn_(fn), meaning_(meaning) {}

    [[nodiscard]] static std::vector<ald_kind> handles(addresses meaning) {
        std::vector<ald_kind> kinds;
        [[maybe_unused]] const auto note = [&]<class T>(std::type_identity<T>) {
            if (is_handle<T> || (is_address<T> && meaning == addresses::handles)) {
                kinds.push_back(handle_kind<T>);
            }
        };
        (note(std::type_identity<A>()), ...);
        return kinds;
    }

    // `look(returned, outcome)` looks at what it returned.
    template <class Look> outcome call(const choice &c, Look look) const {
        [[maybe_unused]] int place = 0;
        // Braces: the arguments take their places from left to right.
        std::tuple<argument<A>...> arguments{argument<A>(c, place, meaning_)...};
        outcome o;
        o.has_error_argument = has_error;
        std::apply(
            [&](auto &...a) {
                if constexpr (std::is_void_v<R>) {
                    fn_(a.get()...);
                } else {
                    look(fn_(a.get()...), o);
                }
            },
            arguments);
        if constexpr (has_error) {
            o.err = error(std::get<sizeof...(A) - 1>(arguments).take_error());
        }
        std::apply([&](auto &...a) { (settle(a, o), ...); }, arguments);
        return o;
    }

private:
    template <class Argument> static void settle(Argument &a, outcome &o) {
        o.overrun += a.overrun();
        if (o.status && *o.status < 0) {
            o.dirty += a.dirt();
        } else {
            a.clean();
        }
    }

    static constexpr bool has_error = ends_with_error<A...>();
    pointer fn_;
    addresses meaning_;
};

// A function that returns a status.
template <class... A>
function fallible(const char *name, ald_status (*fn)(A...) noexcept,
                  addresses meaning = addresses::memory) {
    using made = entry<ald_status, A...>;
    return {name, made::handles(meaning), false, [=](const choice &c) {
                return made(fn, meaning).call(c, [](ald_status s, outcome &o) { o.status = s; });
            }};
}
// One that returns a value: `sentinel` for a bad handle.
template <class R, class... A>
function getter(const char *name, R (*fn)(A...) noexcept, std::type_identity_t<R> sentinel,
                addresses meaning = addresses::memory) {
    using made = entry<R, A...>;
    return {name, made::handles(meaning), false, [=](const choice &c) {
                return made(fn, meaning).call(c, [sentinel](R returned, outcome &o) {
                    o.sentinel = same(returned, sentinel);
                });
            }};
}
// One that returns nothing, or nothing that depends on a handle.
template <class R, class... A>
function lenient(const char *name, R (*fn)(A...) noexcept, addresses meaning = addresses::memory) {
    using made = entry<R, A...>;
    return {name, made::handles(meaning), true,
            [=](const choice &c) { return made(fn, meaning).call(c, [](auto &&, outcome &) {}); }};
}

function optional(function f) {
    f.optional = true;
    return f;
}

#define FALLIBLE(f) fallible(#f, f)
#define GETTER(f, sentinel) getter(#f, f, sentinel)
#define LENIENT(f) lenient(#f, f)

const char *const sample_settings = "[a]\nb = 1\n";

void new_error(void **out) {
    (void)ald_error_new(ALD_E_IO, nullptr, 0, "x", nullptr, nullptr, nullptr,
                        reinterpret_cast<ald_error **>(out), nullptr);
}

ald_status answer_null(void *, const ald_value *, const ald_cancel *, ald_value **, ald_error **) {
    return ALD_OK;
}

ald_status no_items(void *, std::int64_t, const ald_cancel *, ald_buffer **, ald_view *, ald_item *,
                    ald_error **) {
    return ALD_E_END;
}

} // namespace

good_handles::good_handles() : handles_(last_kind + 1) {
    const auto to = [this]<class Handle>(std::type_identity<Handle>) {
        return reinterpret_cast<Handle **>(&handles_[kind_of_type<Handle>]);
    };
    const auto info = initial(ald_source_info_init);
    new_error(&handles_[ALD_KIND_ERROR]);
    (void)ald_value_new_map(to(std::type_identity<ald_value>()), nullptr);
    (void)ald_buffer_new(64, to(std::type_identity<ald_buffer>()), nullptr);
    (void)ald_cancel_new(to(std::type_identity<ald_cancel>()), nullptr);
    (void)ald_op_new(ALD_OP_PAUSABLE, to(std::type_identity<ald_op>()), nullptr);
    (void)ald_queue_new(4, ALD_POLICY_LOSSLESS, to(std::type_identity<ald_queue>()), nullptr);
    (void)ald_clock_new("clock", to(std::type_identity<ald_clock>()), nullptr);
    (void)ald_settings_parse(sample_settings, std::strlen(sample_settings), "sample",
                             to(std::type_identity<ald_settings>()), nullptr);
    (void)ald_callable_new("callable", answer_null, nullptr, nullptr,
                           to(std::type_identity<ald_callable>()), nullptr);
    (void)ald_source_new_callback(&info, no_items, nullptr, nullptr,
                                  to(std::type_identity<ald_source>()), nullptr);
    (void)ald_lab_new("lab", to(std::type_identity<ald_lab>()), nullptr);
    (void)ald_device_new("device", "mock-movable", nullptr, to(std::type_identity<ald_device>()),
                         nullptr);
    (void)ald_bench_new("", nullptr, to(std::type_identity<ald_bench>()), nullptr);
    (void)ald_simulation_start("mock-meter", nullptr, nullptr,
                               to(std::type_identity<ald_simulation>()), nullptr);
    owned<ald_device> camera;
    (void)ald_device_new("camera", "mock-camera", nullptr, camera.out(), nullptr);
    (void)ald_stream_open(camera, nullptr, to(std::type_identity<ald_consumer>()), nullptr);
    for (ald_kind kind = 1; kind <= last_kind; ++kind) {
        EXPECT_EQ(ald_handle_kind(of(kind)), kind);
    }
}

good_handles::~good_handles() {
    ald_handle_unref_many(handles_.data(), static_cast<std::int64_t>(handles_.size()));
}

std::vector<void *> good_handles::but(ald_kind kind) const {
    std::vector<void *> others;
    for (ald_kind k = 1; k <= last_kind; ++k) {
        if (k != kind) {
            others.push_back(of(k));
        }
    }
    return others;
}

const std::vector<function> &every_function() {
    static const std::vector<function> table{
        LENIENT(ald_version),
        LENIENT(ald_abi_version),
        LENIENT(ald_has_feature),
        LENIENT(ald_feature_names),
        LENIENT(ald_status_name),
        FALLIBLE(ald_shutdown),
        optional(FALLIBLE(ald_error_new)),
        GETTER(ald_error_code, ALD_E_INVALID),
        GETTER(ald_error_message, ""),
        GETTER(ald_error_domain, ""),
        GETTER(ald_error_native_code, 0),
        GETTER(ald_error_where, ""),
        GETTER(ald_error_traceback, ""),
        GETTER(ald_error_cause, nullptr),
        LENIENT(ald_error_ref),
        LENIENT(ald_error_unref),
        getter("ald_handle_kind", ald_handle_kind, ALD_KIND_NONE, addresses::handles),
        lenient("ald_handle_ref", ald_handle_ref, addresses::handles),
        lenient("ald_handle_unref", ald_handle_unref, addresses::handles),
        LENIENT(ald_handle_unref_many),
        LENIENT(ald_handle_clear),
        LENIENT(ald_handle_count),

        LENIENT(ald_view_init),
        LENIENT(ald_dtype_size),
        LENIENT(ald_dtype_name),
        FALLIBLE(ald_buffer_new),
        FALLIBLE(ald_buffer_wrap),
        GETTER(ald_buffer_data, nullptr),
        GETTER(ald_buffer_size, 0),
        GETTER(ald_buffer_is_readonly, -1),
        FALLIBLE(ald_buffer_get_view),
        FALLIBLE(ald_buffer_check_view),
        LENIENT(ald_buffer_ref),
        LENIENT(ald_buffer_unref),
        FALLIBLE(ald_dlpack_export),
        FALLIBLE(ald_dlpack_import),
        LENIENT(ald_dlpack_delete),

        FALLIBLE(ald_value_new_null),
        FALLIBLE(ald_value_new_bool),
        FALLIBLE(ald_value_new_int),
        FALLIBLE(ald_value_new_double),
        FALLIBLE(ald_value_new_string),
        FALLIBLE(ald_value_new_bytes),
        FALLIBLE(ald_value_new_list),
        FALLIBLE(ald_value_new_map),
        FALLIBLE(ald_value_new_array),
        fallible("ald_value_new_handle", ald_value_new_handle, addresses::handles),
        GETTER(ald_value_type, -1),
        LENIENT(ald_type_name),
        FALLIBLE(ald_value_get_bool),
        FALLIBLE(ald_value_get_int),
        FALLIBLE(ald_value_get_double),
        FALLIBLE(ald_value_get_string),
        FALLIBLE(ald_value_get_bytes),
        FALLIBLE(ald_value_get_array),
        FALLIBLE(ald_value_get_handle),
        GETTER(ald_value_count, -1),
        FALLIBLE(ald_value_at),
        FALLIBLE(ald_value_key_at),
        FALLIBLE(ald_value_get),
        FALLIBLE(ald_value_append),
        FALLIBLE(ald_value_set),
        GETTER(ald_value_equal, -1),
        LENIENT(ald_value_ref),
        LENIENT(ald_value_unref),
        FALLIBLE(ald_value_to_cbor),
        FALLIBLE(ald_value_from_cbor),
        FALLIBLE(ald_value_to_json),
        FALLIBLE(ald_value_from_json),
        LENIENT(ald_schema_init),
        FALLIBLE(ald_schema_check),
        FALLIBLE(ald_unit_convert),

        FALLIBLE(ald_number_format),
        FALLIBLE(ald_number_parse),

        FALLIBLE(ald_settings_load),
        FALLIBLE(ald_settings_parse),
        FALLIBLE(ald_settings_get),
        FALLIBLE(ald_settings_where),
        FALLIBLE(ald_settings_check),
        LENIENT(ald_settings_ref),
        LENIENT(ald_settings_unref),

        FALLIBLE(ald_cancel_new),
        LENIENT(ald_cancel_trigger),
        GETTER(ald_cancel_is_triggered, -1),
        GETTER(ald_cancel_why, -1),
        FALLIBLE(ald_cancel_wait),
        FALLIBLE(ald_cancel_fd),
        LENIENT(ald_cancel_ref),
        LENIENT(ald_cancel_unref),
        LENIENT(ald_progress_init),
        FALLIBLE(ald_op_wait),
        FALLIBLE(ald_op_wait_begun),
        GETTER(ald_op_status, -1),
        FALLIBLE(ald_op_result),
        FALLIBLE(ald_op_cancel),
        FALLIBLE(ald_op_pause),
        FALLIBLE(ald_op_resume),
        FALLIBLE(ald_op_progress),
        FALLIBLE(ald_op_notify),
        LENIENT(ald_op_ref),
        LENIENT(ald_op_unref),
        FALLIBLE(ald_op_new),
        FALLIBLE(ald_op_advance),
        FALLIBLE(ald_op_wait_asked),
        FALLIBLE(ald_op_finish),

        LENIENT(ald_record_init),
        LENIENT(ald_event_name),
        FALLIBLE(ald_event_register),
        FALLIBLE(ald_queue_new),
        FALLIBLE(ald_queue_push),
        FALLIBLE(ald_queue_drain),
        FALLIBLE(ald_queue_wait),
        FALLIBLE(ald_queue_fd),
        FALLIBLE(ald_queue_set_wake),
        LENIENT(ald_queue_stats_init),
        FALLIBLE(ald_queue_get_stats),
        LENIENT(ald_queue_close),
        LENIENT(ald_queue_ref),
        LENIENT(ald_queue_unref),

        LENIENT(ald_clock_mono_ns),
        LENIENT(ald_clock_wall_ns),
        LENIENT(ald_clock_wall_from_mono),
        LENIENT(ald_clock_wall_error_ns),
        FALLIBLE(ald_clock_new),
        FALLIBLE(ald_clock_observe),
        FALLIBLE(ald_clock_to_mono),
        GETTER(ald_clock_id, 0),
        GETTER(ald_clock_name, ""),
        LENIENT(ald_clock_ref),
        LENIENT(ald_clock_unref),

        LENIENT(ald_fit_init),
        LENIENT(ald_fit_model_name),
        LENIENT(ald_fit_parameter_name),
        optional(FALLIBLE(ald_fit_curve)),
        FALLIBLE(ald_fit_evaluate),
        optional(FALLIBLE(ald_fit_function)),

        FALLIBLE(ald_log_set_level),
        LENIENT(ald_log_get_level),
        FALLIBLE(ald_log_write),
        FALLIBLE(ald_log_set_sink),
        FALLIBLE(ald_log_attach),
        FALLIBLE(ald_log_detach),

        FALLIBLE(ald_callable_new),
        FALLIBLE(ald_callable_call),
        FALLIBLE(ald_callable_start_call),
        GETTER(ald_callable_name, ""),
        LENIENT(ald_callable_close),
        LENIENT(ald_callable_ref),
        LENIENT(ald_callable_unref),

        LENIENT(ald_source_info_init),
        LENIENT(ald_item_init),
        FALLIBLE(ald_source_new_array),
        FALLIBLE(ald_source_new_callback),
        FALLIBLE(ald_source_describe),
        FALLIBLE(ald_source_next),
        FALLIBLE(ald_source_start_next),
        FALLIBLE(ald_source_at),
        FALLIBLE(ald_source_find),
        LENIENT(ald_source_close),
        LENIENT(ald_source_ref),
        LENIENT(ald_source_unref),

        FALLIBLE(ald_driver_list),
        FALLIBLE(ald_driver_load),
        optional(FALLIBLE(ald_driver_discover)),
        FALLIBLE(ald_driver_start_discover),
        optional(FALLIBLE(ald_driver_probe)),
        FALLIBLE(ald_driver_start_probe),
        FALLIBLE(ald_port_list),
        optional(FALLIBLE(ald_device_new)),
        FALLIBLE(ald_device_open),
        FALLIBLE(ald_device_start_open),
        LENIENT(ald_device_close),
        FALLIBLE(ald_device_start_close),
        FALLIBLE(ald_device_set_reopen),
        GETTER(ald_device_status, -1),
        GETTER(ald_device_path, ""),
        GETTER(ald_device_id, 0),
        FALLIBLE(ald_device_describe),
        GETTER(ald_device_child_count, -1),
        FALLIBLE(ald_device_child_at),
        FALLIBLE(ald_device_child),
        GETTER(ald_device_can, -1),
        GETTER(ald_device_property_count, -1),
        FALLIBLE(ald_device_property_at),
        FALLIBLE(ald_device_property),
        FALLIBLE(ald_device_get),
        FALLIBLE(ald_device_start_get),
        FALLIBLE(ald_device_get_cached),
        FALLIBLE(ald_device_set),
        FALLIBLE(ald_device_start_set),
        FALLIBLE(ald_device_start_action),
        FALLIBLE(ald_device_start_snapshot),
        FALLIBLE(ald_device_subscribe),
        FALLIBLE(ald_device_unsubscribe),
        LENIENT(ald_device_ref),
        LENIENT(ald_device_unref),
        LENIENT(ald_reading_init),
        FALLIBLE(ald_readable_read),
        FALLIBLE(ald_readable_start_read),
        FALLIBLE(ald_readable_last),
        FALLIBLE(ald_readable_last_many),
        GETTER(ald_readable_unit, ""),
        FALLIBLE(ald_movable_move_abs),
        FALLIBLE(ald_movable_start_move_abs),
        FALLIBLE(ald_movable_move_rel),
        FALLIBLE(ald_movable_start_move_rel),
        FALLIBLE(ald_movable_home),
        FALLIBLE(ald_movable_start_home),
        FALLIBLE(ald_movable_stop),
        FALLIBLE(ald_movable_start_stop),
        FALLIBLE(ald_movable_attach_cancel),
        FALLIBLE(ald_movable_detach_cancel),
        FALLIBLE(ald_movable_wait_settled),
        FALLIBLE(ald_movable_start_wait_settled),
        FALLIBLE(ald_movable_position),
        FALLIBLE(ald_movable_start_position),
        FALLIBLE(ald_movable_limits),
        GETTER(ald_movable_unit, ""),

        FALLIBLE(ald_camera_arm),
        FALLIBLE(ald_camera_start_arm),
        FALLIBLE(ald_camera_trigger),
        FALLIBLE(ald_camera_start_trigger),
        FALLIBLE(ald_camera_disarm),
        FALLIBLE(ald_camera_start_disarm),
        FALLIBLE(ald_camera_set_exposure),
        FALLIBLE(ald_camera_start_set_exposure),

        LENIENT(ald_frame_init),
        LENIENT(ald_consumer_options_init),
        LENIENT(ald_consumer_stats_init),
        FALLIBLE(ald_stream_open),
        FALLIBLE(ald_stream_open_callback),
        FALLIBLE(ald_consumer_next),
        FALLIBLE(ald_consumer_start_next),
        FALLIBLE(ald_consumer_get_stats),
        FALLIBLE(ald_consumer_source),
        LENIENT(ald_consumer_close),
        LENIENT(ald_consumer_ref),
        LENIENT(ald_consumer_unref),

        FALLIBLE(ald_lab_new),
        FALLIBLE(ald_lab_from_settings),
        FALLIBLE(ald_lab_add),
        FALLIBLE(ald_lab_start_open),
        FALLIBLE(ald_lab_open),
        GETTER(ald_lab_name, ""),
        GETTER(ald_lab_device_count, -1),
        FALLIBLE(ald_lab_bench),
        FALLIBLE(ald_lab_device_at),
        FALLIBLE(ald_lab_device),
        FALLIBLE(ald_lab_start_snapshot),
        FALLIBLE(ald_lab_subscribe),
        FALLIBLE(ald_lab_unsubscribe),
        FALLIBLE(ald_lab_emergency_stop),
        FALLIBLE(ald_lab_reset_stop),
        GETTER(ald_lab_is_stopped, -1),
        FALLIBLE(ald_lab_attach_cancel),
        FALLIBLE(ald_lab_detach_cancel),
        FALLIBLE(ald_device_lab),
        LENIENT(ald_lab_close),
        FALLIBLE(ald_lab_start_close),
        LENIENT(ald_lab_ref),
        LENIENT(ald_lab_unref),
        FALLIBLE(ald_lab_set_group),
        FALLIBLE(ald_lab_remove_group),
        FALLIBLE(ald_lab_groups),
        FALLIBLE(ald_lab_check),
        FALLIBLE(ald_lab_apply),
        FALLIBLE(ald_lab_start_apply),
        FALLIBLE(ald_lab_current),
        FALLIBLE(ald_lab_start_current),
        FALLIBLE(ald_lab_set_position),
        FALLIBLE(ald_lab_forget_position),
        FALLIBLE(ald_lab_positions),
        FALLIBLE(ald_lab_remember_position),
        FALLIBLE(ald_lab_start_remember_position),
        FALLIBLE(ald_lab_go_to),
        FALLIBLE(ald_lab_start_go_to),
        FALLIBLE(ald_device_set_safe_state),
        FALLIBLE(ald_device_safe_state),
        FALLIBLE(ald_device_start_safe_state),
        FALLIBLE(ald_lab_safe_state),
        FALLIBLE(ald_lab_start_safe_state),

        optional(FALLIBLE(ald_bench_new)),
        FALLIBLE(ald_bench_describe),
        FALLIBLE(ald_bench_get),
        FALLIBLE(ald_bench_set),
        LENIENT(ald_bench_ref),
        LENIENT(ald_bench_unref),
        FALLIBLE(ald_simulation_list),
        optional(FALLIBLE(ald_simulation_start)),
        GETTER(ald_simulation_uri, ""),
        FALLIBLE(ald_simulation_set_faults),
        FALLIBLE(ald_simulation_say),
        FALLIBLE(ald_simulation_unplug),
        FALLIBLE(ald_simulation_plug),
        LENIENT(ald_simulation_close),
        LENIENT(ald_simulation_ref),
        LENIENT(ald_simulation_unref),
    };
    return table;
}

} // namespace tests
