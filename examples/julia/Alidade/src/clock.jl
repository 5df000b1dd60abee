export now_utc, now_mono_ns

"""
    now_mono_ns() -> Int64

The monotonic clock, in nanoseconds.
"""
now_mono_ns() = ald_clock_mono_ns()

"""
    now_utc() -> DateTime

The library's wall clock, UTC. It is never stepped.
"""
now_utc() = utc(ald_clock_wall_ns())

"""
    utc(t_wall_ns) -> DateTime

A wall time of the library as a `DateTime` (milliseconds), UTC.
"""
utc(t_wall_ns::Integer) = unix2datetime(0) + Millisecond(t_wall_ns ÷ 1_000_000)

"""
    wall_from_mono(t_mono_ns) -> Int64

Wall time, in nanoseconds since 1970, of a monotonic time such as a record's.
"""
wall_from_mono(t_mono_ns::Integer) = ald_clock_wall_from_mono(t_mono_ns)
