// The class behind each handle of the C interface, and the kind that its tokens carry. Names alone:
// the classes stand in rooms above, and only who calls with a handle needs to know its class.
#pragma once

#include "base/error.hpp"

#include <alidade.h>

#include <type_traits>

namespace alidade {

class value_object;
class buffer;
class cancel_source;
class op;
class queue;
class hardware_clock;
class settings;
class callable;
class source;
class lab;
class device;
class consumer;
class bench_object;
class simulation;

// The class behind each handle of the C interface.
template <class Handle> struct behind;
template <> struct behind<ald_error> { using type = error; };
template <> struct behind<ald_value> { using type = value_object; };
template <> struct behind<ald_buffer> { using type = buffer; };
template <> struct behind<ald_cancel> { using type = cancel_source; };
template <> struct behind<ald_op> { using type = op; };
template <> struct behind<ald_queue> { using type = queue; };
template <> struct behind<ald_clock> { using type = hardware_clock; };
template <> struct behind<ald_settings> { using type = settings; };
template <> struct behind<ald_callable> { using type = callable; };
template <> struct behind<ald_source> { using type = source; };
template <> struct behind<ald_lab> { using type = lab; };
template <> struct behind<ald_device> { using type = device; };
template <> struct behind<ald_consumer> { using type = consumer; };
template <> struct behind<ald_bench> { using type = bench_object; };
template <> struct behind<ald_simulation> { using type = simulation; };

template <class Handle> using object_of = typename behind<std::remove_const_t<Handle>>::type;

template <class Handle> inline constexpr ald_kind kind_of = ALD_KIND_NONE;
template <> inline constexpr ald_kind kind_of<ald_error> = ALD_KIND_ERROR;
template <> inline constexpr ald_kind kind_of<ald_value> = ALD_KIND_VALUE;
template <> inline constexpr ald_kind kind_of<ald_buffer> = ALD_KIND_BUFFER;
template <> inline constexpr ald_kind kind_of<ald_cancel> = ALD_KIND_CANCEL;
template <> inline constexpr ald_kind kind_of<ald_op> = ALD_KIND_OP;
template <> inline constexpr ald_kind kind_of<ald_queue> = ALD_KIND_QUEUE;
template <> inline constexpr ald_kind kind_of<ald_clock> = ALD_KIND_CLOCK;
template <> inline constexpr ald_kind kind_of<ald_settings> = ALD_KIND_SETTINGS;
template <> inline constexpr ald_kind kind_of<ald_callable> = ALD_KIND_CALLABLE;
template <> inline constexpr ald_kind kind_of<ald_source> = ALD_KIND_SOURCE;
template <> inline constexpr ald_kind kind_of<ald_lab> = ALD_KIND_LAB;
template <> inline constexpr ald_kind kind_of<ald_device> = ALD_KIND_DEVICE;
template <> inline constexpr ald_kind kind_of<ald_consumer> = ALD_KIND_CONSUMER;
template <> inline constexpr ald_kind kind_of<ald_bench> = ALD_KIND_BENCH;
template <> inline constexpr ald_kind kind_of<ald_simulation> = ALD_KIND_SIMULATION;

[[nodiscard]] const char *kind_name(ald_kind kind) noexcept;

} // namespace alidade
