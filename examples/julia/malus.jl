# Malus's law: turns a half-wave plate, reads a power meter, takes a frame at each angle, and fits
# power = amplitude cos^2(2 (angle - theta0)) + offset. What the instruments are, simulated or real,
# the file of the lab tells.
#
#     julia malus.jl [FILE.csv [POINTS]]
push!(LOAD_PATH, @__DIR__)
using Alidade

file = get(ARGS, 1, "malus.csv")
points = parse(Int, get(ARGS, 2, "31"))
angle, power = Float64[], Float64[]

# A reading whose filter remembers nothing of the angle before.
function settled(meter)
    sleep(0.2)
    while true
        number = reading(meter)
        number.unsettled || return number.value
    end
end

open(Lab(joinpath(@__DIR__, "..", "experiments", "malus.toml"))) do lab
    plate, meter, camera = lab["rotator/plate"], lab["meter"], lab["camera"]
    set(meter, "filter", "medium") # a mean of four readings
    set(camera, "exposure", 0.01)
    arm(camera)
    open(file, "w") do csv
        println(csv, "$(path(plate)) [deg],$(path(meter)) [W],frame mean [1]")
        for target in range(0, 90, length=points)
            move_abs(plate, target)
            push!(angle, position(plate))
            push!(power, settled(meter))
            trigger(camera)
            image = next_frame(camera).image
            println(csv, angle[end], ",", power[end], ",", sum(image) / length(image))
            flush(csv) # what was measured is kept, come what may
        end
    end
end

fit = fit_curve("malus-half-wave", angle, power, sigma=@. 1e-10 + 0.001 * power)
println("theta0 = ", round(fit.parameters.angle, digits=4), " +- ", round(fit.errors.angle, digits=4), " deg")
