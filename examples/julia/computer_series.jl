# Records what this computer's sensors read for some seconds and writes it as CSV.
#
#     julia computer_series.jl [FILE.csv [ROWS [SECONDS]]]
push!(LOAD_PATH, @__DIR__)
using Alidade

file = get(ARGS, 1, "computer.csv")
rows = parse(Int, get(ARGS, 2, "20"))
interval = parse(Float64, get(ARGS, 3, "0.25"))

open(Lab(joinpath(@__DIR__, "..", "experiments", "computer.toml"))) do lab
    series = record_series(lab, count=rows, interval=interval, tell=row -> print("\r$row of $rows"))
    write_csv(file, series)
    println("\n$file: $(length(series.t_wall_ns)) rows of $(length(series.names)) sensors")
    for (name, unit, column) in zip(series.names, series.units, eachcol(series.values))
        println("  $name: $(minimum(column)) to $(maximum(column)) $unit")
    end
end
