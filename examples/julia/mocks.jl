# An axis and a sensor that need no hardware.
push!(LOAD_PATH, @__DIR__)
using Alidade

stage, sensor = MockMovable(), MockReadable(value=5, noise=0.1, seed=1)
for um in 0:10:30
    move_abs(stage, um, unit="um") # the axis declares mm
    println(position(stage), " ", unit(stage), ": ", read(sensor))
end

# What is outside the limits is refused before anything moves.
try
    move_abs(stage, 1000)
catch e
    println("refused: ", e.message)
end

# A motion goes on while other things happen; another task may stop it.
motion = start_move(stage, 100)
println(progress(motion).phase, ", ", read(sensor))
stop(stage)
println("stopped: ", state(motion) === :cancelled)

# Events come to a loop, or to a function in a task of its own.
subscription = subscribe(sensor, "property.changed") do event
    println(event.payload["property"], " is now ", event.payload["value"])
end
set(sensor, "level", 7)
close(sensor)
close(subscription)
close(stage)
