# A camera that needs no hardware: single frames, and all frames of a stream.
push!(LOAD_PATH, @__DIR__)
using Alidade

camera = MockCamera(width=320, height=240, pattern="gradient")
set_exposure(camera, 0.005)
arm(camera)
for _ in 1:3
    trigger(camera)
    frame = next_frame(camera, timeout=5)
    println("frame ", frame.seq, ": ", size(frame.image), ", ", frame.exposure, " s")
end
disarm(camera)

# Running freely: one stream gets every frame, another one only ever the newest.
set_trigger_mode(camera, :internal)
set_frame_rate(camera, 500)
every, newest = stream(camera, policy=:lossless), stream(camera, policy=:latest)
arm(camera)
numbers = [take!(every, timeout=5).seq for _ in 1:50]
println(numbers[end] - numbers[1] + 1, " frames, ", stats(every).lost, " lost")
last_one = take!(newest, timeout=5)
println("skipped some: ", last_one.lost_before > 0)
close(camera)
