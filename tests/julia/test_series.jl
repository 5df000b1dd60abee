using Alidade
using Test

a = MockReadable(name="a", value=1.5, unit="V")
b = MockReadable(name="b", value=2)
foreach(open, (a, b))
rows = Int[]
series = record_series([a, b], interval=0.01, count=3, tell=row -> push!(rows, row))
@test rows == 1:3
@test series.names == ["a", "b"] && series.units == ["V", "1"]
@test series.values == [1.5 2; 1.5 2; 1.5 2]
@test issorted(series.t_wall_ns)
@test series.t_wall_ns[3] - series.t_wall_ns[1] >= 19_000_000

lines = split(sprint(write_csv, series), "\n")
@test lines[1] == "time [UTC],elapsed [s],a [V],b [1]"
@test occursin(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z,0\.000000000,1\.5,2\.0$", lines[2])
@test length(lines) == 5 && isempty(lines[5])

# A gap where reading failed, and names that need quotes.
odd = TimeSeries(["a,\"b\""], ["m"], [1_000_000_002], fill(NaN, 1, 1))
@test sprint(write_csv, odd) == "time [UTC],elapsed [s],\"a,\"\"b\"\" [m]\"\n" *
                              "1970-01-01T00:00:01.000000002Z,0.000000000,\n"

mktempdir() do folder
    file = joinpath(folder, "series.csv")
    write_csv(file, series)
    @test read(file, String) == sprint(write_csv, series)
end
set_log_level(:off)
close(b)
gap = record_series([a], count=1)
@test gap.values == fill(1.5, 1, 1)
set_log_level(:warning)
close(a)

@testset "a series is stopped" begin
    lab = Lab(name="bench")
    add(lab, "quick", "mock-readable")
    add(lab, "slow", "mock-readable"; latency=2.0)
    open(lab)
    quick, slow = lab["quick"], lab["slow"]
    @test record_series([quick], interval=0, count=3).ended === :completed
    # While it waits for the next row, and while it reads.
    for (devices, interval) in (([quick], 1000), ([quick, slow], 0))
        stop = Cancel()
        ends = row -> row == 1 && Timer(_ -> trigger(stop), 0.2)
        stopped = record_series(devices, interval=interval, count=99, tell=ends, stop=stop)
        @test stopped.ended === :stopped
        @test size(stopped.values) == (1, length(devices)) && length(stopped.t_wall_ns) == 1
        ends = row -> row == 1 && Timer(_ -> emergency_stop(lab), 0.2)
        stopped = record_series(devices, interval=interval, count=99, tell=ends)
        @test stopped.ended === :emergency_stopped
        @test size(stopped.values, 1) == 1
        none = record_series(devices, interval=0, count=2)
        @test none.ended === :emergency_stopped && size(none.values, 1) == 0
        reset_stop(lab)
    end
    # Between two rows.
    stop = Cancel()
    stopped = record_series(
        [quick], interval=0, count=9, tell=row -> row == 3 && trigger(stop), stop=stop
    )
    @test stopped.ended === :stopped && size(stopped.values, 1) == 3
    close(lab)
end
