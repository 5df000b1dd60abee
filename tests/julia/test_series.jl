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
