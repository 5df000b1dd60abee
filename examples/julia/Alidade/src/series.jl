"""
    TimeSeries

Numbers of several devices over time: `names`, `units`, `t_wall_ns` (UTC), and `values`, a matrix
with one column for each device and one row for each time; `NaN` where reading failed.
"""
struct TimeSeries
    names::Vector{String}
    units::Vector{String}
    t_wall_ns::Vector{Int64}
    values::Matrix{Float64}
end

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
    record_series(devices; interval=0.5, count=10, tell=nothing) -> TimeSeries

Reads readable devices (or all of a lab) `count` times, once every `interval` seconds, all at the
same time. `tell(i)` is called after each row.
"""
record_series(lab::Lab; options...) = record_series(channels(lab); options...)

function record_series(devices::AbstractVector{Device}; interval=0.5, count=10, tell=nothing)
    table = fill(NaN, count, length(devices))
    times = zeros(Int64, count)
    began = now_mono_ns()
    for row in 1:count
        due = began + round(Int64, (row - 1) * interval * 1e9)
        late = (due - now_mono_ns()) / 1e9
        late > 0 && sleep(late)
        times[row] = ald_clock_wall_ns()
        ops = [start_read(device) for device in devices]
        for (column, op) in enumerate(ops)
            table[row, column] = number_of(op)
        end
        tell === nothing || tell(row)
    end
    return TimeSeries(path.(devices), unit.(devices), times, table)
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
