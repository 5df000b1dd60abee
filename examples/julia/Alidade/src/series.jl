export TimeSeries, record_series, channels, write_csv

"""
    TimeSeries

Numbers of several devices over time: `names`, `units`, `t_wall_ns` (UTC), and `values`, a matrix
with one column for each device and one row for each time; `NaN` where reading failed. `ended` tells
how the recording ended: `:completed`, `:stopped` or `:emergency_stopped`.
"""
struct TimeSeries
    names::Vector{String}
    units::Vector{String}
    t_wall_ns::Vector{Int64}
    values::Matrix{Float64}
    ended::Symbol
end
TimeSeries(names, units, t_wall_ns, values) = TimeSeries(names, units, t_wall_ns, values, :completed)

"""
    channels(lab_or_device) -> Vector{Device}

All readable devices of a lab, or of a device and its children.
"""
channels(lab::Lab) = reduce(vcat, channels.(lab), init=Device[])
function channels(device::Device)
    own = can(device, "readable") ? [device] : Device[]
    return reduce(vcat, channels.(children(device)), init=own)
end

"""
    record_series(devices; interval=0.5, count=10, tell=nothing, stop=Cancel()) -> TimeSeries

Reads readable devices (or all of a lab) `count` times, once every `interval` seconds, all at the
same time. `tell(i)` is called after each row.

`trigger(stop)` by another task ends it, and so does an emergency stop of a lab of the devices; the
rows until then are given. While an emergency stop holds none is read.
"""
record_series(lab::Lab; options...) = record_series(channels(lab); options...)

function record_series(
    devices::AbstractVector{Device}; interval=0.5, count=10, tell=nothing, stop=Cancel()
)
    table = fill(NaN, count, length(devices))
    times = zeros(Int64, count)
    labs = lab_of.(devices)
    ops, pause = Op[], Base.Event()
    rows = 0
    watcher = when_triggered(stop) do
        notify(pause)
        foreach(cancel, ops)
    end
    try
        foreach(lab -> check(err -> ald_lab_attach_cancel(lab, stop, err)), labs)
        began = now_mono_ns()
        while rows < count
            pause = Base.Event() # one that was notified stays so
            is_triggered(stop) || wait_until(pause, began + round(Int64, rows * interval * 1e9))
            is_triggered(stop) && break
            times[rows+1] = ald_clock_wall_ns()
            ops = [start_read(device) for device in devices]
            is_triggered(stop) && foreach(cancel, ops)
            numbers = number_of.(ops)
            is_triggered(stop) && break
            rows += 1
            table[rows, :] = numbers
            tell === nothing || tell(rows)
        end
    finally
        close(watcher)
        foreach(lab -> ald_lab_detach_cancel(lab, stop, C_NULL), labs)
    end
    how = rows == count ? :completed : ald_cancel_why(stop) == ALD_CANCEL_EMERGENCY_STOP ?
        :emergency_stopped : :stopped
    return TimeSeries(path.(devices), unit.(devices), times[1:rows], table[1:rows, :], how)
end

# Waits for a time on the monotonic clock, or for an event that comes first.
function wait_until(event::Base.Event, t_mono_ns)
    left = (t_mono_ns - now_mono_ns()) / 1e9
    left > 0 || return
    timer = Timer(_ -> notify(event), left)
    wait(event)
    close(timer)
    return
end

# A device that has gone leaves a gap.
function number_of(op::Op)
    try
        return finish(op)
    catch e
        e isa AlidadeError || rethrow()
        write_log(:warning, e.message)
        return NaN
    end
end

"""
    write_csv(path_or_io, series)

Writes a time series as all parts of alidade do: UTC time stamps (ISO 8601), seconds since the first
row, and a column for each device, named with its unit. A missing number is empty.
"""
write_csv(path::AbstractString, series::TimeSeries) = open(io -> write_csv(io, series), path, "w")

function write_csv(io::IO, series::TimeSeries)
    heads = ["$name [$unit]" for (name, unit) in zip(series.names, series.units)]
    println(io, join(quoted.(["time [UTC]"; "elapsed [s]"; heads]), ","))
    for (row, t) in enumerate(series.t_wall_ns)
        numbers = (isnan(x) ? "" : string(x) for x in series.values[row, :])
        println(io, join([stamp(t); seconds(t - series.t_wall_ns[1]); numbers...], ","))
    end
end

nine_digits(ns) = lpad(ns, 9, '0')
seconds(ns) = string(ns ÷ 1_000_000_000, ".", nine_digits(ns % 1_000_000_000))

function stamp(t_wall_ns)
    day = Dates.format(utc(t_wall_ns), dateformat"yyyy-mm-ddTHH:MM:SS")
    return "$day.$(nine_digits(t_wall_ns % 1_000_000_000))Z"
end

quoted(text) = any(c -> c in ",\"\n", text) ? "\"" * replace(text, "\"" => "\"\"") * "\"" : text
