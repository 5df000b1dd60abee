#include "capi/every_function.hpp"
#include "capi/kinds.hpp"

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

const char *const sample_settings = "[a]\nb = 1\n";

void new_error(void **out) {
    (void)ald_error_new(ALD_E_IO, nullptr, 0, "x", nullptr, nullptr, nullptr,
                        reinterpret_cast<ald_error **>(out), nullptr);
}

ald_status answer_null(void *, const ald_value *, const ald_cancel *, ald_value **, ald_error **) {
    return ALD_OK;
}

ald_status no_frames(void *, std::int64_t, const ald_cancel *, ald_frame **, ald_error **) {
    return ALD_E_END;
}

} // namespace

good_handles::good_handles() : handles_(last_kind + 1) {
    const auto to = [this]<class Handle>(std::type_identity<Handle>) {
        return reinterpret_cast<Handle **>(&handles_[kind_of_type<Handle>]);
    };
    for (const maker &of : plain_makers) {
        of.make(&handles_[static_cast<std::size_t>(of.kind)]);
    }
    const auto info = initial(ald_source_info_init);
    new_error(&handles_[ALD_KIND_ERROR]);
    (void)ald_value_new_map(to(std::type_identity<ald_value>()), nullptr);
    (void)ald_buffer_new(64, to(std::type_identity<ald_buffer>()), nullptr);
    const auto nothing = initial(ald_view_init);
    (void)ald_frame_new(&nothing, static_cast<ald_buffer *>(of(ALD_KIND_BUFFER)), nullptr, nullptr,
                        to(std::type_identity<ald_frame>()), nullptr);
    (void)ald_op_new(ALD_OP_PAUSABLE, to(std::type_identity<ald_op>()), nullptr);
    (void)ald_queue_new(4, ALD_POLICY_LOSSLESS, to(std::type_identity<ald_queue>()), nullptr);
    (void)ald_settings_parse(sample_settings, std::strlen(sample_settings), "sample",
                             to(std::type_identity<ald_settings>()), nullptr);
    (void)ald_callable_new("callable", answer_null, nullptr, nullptr,
                           to(std::type_identity<ald_callable>()), nullptr);
    (void)ald_source_new_callback(&info, no_frames, nullptr, nullptr,
                                  to(std::type_identity<ald_source>()), nullptr);
    (void)ald_device_new("device", "mock-movable", nullptr, to(std::type_identity<ald_device>()),
                         nullptr);
    (void)ald_bench_new("", nullptr, to(std::type_identity<ald_bench>()), nullptr);
    (void)ald_simulation_start("mock-meter", nullptr, nullptr,
                               to(std::type_identity<ald_simulation>()), nullptr);
    owned<ald_device> camera;
    (void)ald_device_new("camera", "mock-camera", nullptr, camera.out(), nullptr);
    (void)ald_frame_stream_open(camera, nullptr, to(std::type_identity<ald_frame_stream>()),
                                nullptr);
    for (const ald_kind kind : every_kind) {
        EXPECT_EQ(ald_handle_kind(of(kind)), kind);
    }
}

good_handles::~good_handles() {
    ald_handle_unref_many(handles_.data(), static_cast<std::int64_t>(handles_.size()));
}

std::vector<void *> good_handles::but(ald_kind kind) const {
    std::vector<void *> others;
    for (const ald_kind k : every_kind) {
        if (k != kind) {
            others.push_back(of(k));
        }
    }
    return others;
}

const std::vector<function> &every_function() {
    static const std::vector<function> table{
#include "capi/function_rows.inc"
    };
    return table;
}

} // namespace tests
