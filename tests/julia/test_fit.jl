using Alidade
using Test

malus(x, amplitude, angle, offset) = offset .+ amplitude .* cosd.(x .- angle) .^ 2

angle = collect(0:10:350)
noise = 0.01 .* sin.(7 .* angle)  # deterministic, and not of the curve's shape
power = malus(angle, 2, 130, 0.1) .+ noise

fit = fit_curve("malus", angle, power, sigma=0.01)
@test keys(fit.parameters) == (:amplitude, :angle, :offset)
@test abs(fit.parameters.angle - 130) < 3 * fit.errors.angle
@test abs(fit.parameters.amplitude - 2) < 3 * fit.errors.amplitude
@test fit.degrees_of_freedom == 33
@test fit.chi_squared ≈ sum(((power .- malus(angle, fit.parameters...)) ./ 0.01) .^ 2)
@test sqrt(fit.covariance[2, 2]) ≈ fit.errors.angle
@test fit(angle) ≈ malus(angle, fit.parameters...)
@test fit(45) ≈ malus(45, fit.parameters...)
@test occursin("angle = 129.998 ± 0.068", repr(fit))

ours = fit_function(malus, angle, power, sigma=fill(0.01, 36), start=(amplitude=1, angle=120, offset=0))
@test ours.parameters.angle ≈ fit.parameters.angle
@test ours.errors.angle ≈ fit.errors.angle
@test ours([45.0]) ≈ fit([45.0])

# A line, without sigma: the scatter tells the errors.
straight = fit_curve("line", 0:4, [1, 3.1, 4.9, 7.1, 8.9], start=(slope=0, offset=0))
@test straight.parameters.slope ≈ 1.98
@test straight.errors.slope ≈ sqrt(straight.chi_squared / 3 / 10)

@test fit_models()["edge"] == [:amplitude, :center, :radius, :offset]
failure = try fit_curve("line", [1, 1, 1], [1, 2, 3]) catch e; e end
@test failure.code === :INVALID && occursin("'slope'", failure.message)
failure = try fit_curve("line", [0, 1, 2], [0, NaN, 2]) catch e; e end
@test occursin("y[1]", failure.message)
# Data that reach two sigma from the centre of a peak.
u = collect(-2:0.5:2)
peak = fit_curve("gaussian", u, exp.(-u .^ 2 ./ 2))
@test collect(peak.parameters) ≈ [1, 0, 1, 0] atol=1e-6
# A best value of 0, and a parameter without effect, which is called by its name.
flat = fit_function((u, p, q) -> p .+ q .* u, u, ones(9), start=(p=0.5, q=1))
@test collect(flat.parameters) ≈ [1, 0] atol=1e-9
failure = try fit_function((u, p, q) -> p .+ 0 .* u, u, u, start=(p=1, q=1)) catch e; e end
@test failure.code === :INVALID && occursin("'q'", failure.message)
@test_throws ArgumentError fit_curve("cubic", 1:5, 1:5)
@test_throws DimensionMismatch fit_curve("line", 1:5, 1:4)
@test_throws DimensionMismatch fit_curve("line", 1:5, 1:5, sigma=[1, 2])
@test_throws ArgumentError fit_curve("line", 1:5, 1:5, start=(slope=1,))
@test_throws KeyError fit_function((x, a) -> throw(KeyError(:mine)), 1:5, 1:5, start=(a=1,))
# Curves that swing and decay, a fixed parameter, and one at its bound.
t = collect(0:0.1:5)
ringing = 1 .+ 3 .* exp.(-t ./ 2) .* sind.(360 .* 1.3 .* t .+ 40)
ring = fit_curve("damped-sine", t, ringing)
@test collect(ring.parameters) ≈ [3, 1.3, 40, 2, 1]
known = fit_curve("damped-sine", t, ringing .+ noise[1], fixed=(frequency=1.3,), bounds=(offset=(nothing, 0.5),))
@test known.parameters.frequency == 1.3 && known.fixed == [:frequency]
@test known.parameters.offset == 0.5 && known.at_bound == [:offset]
@test known.errors.frequency == 0 && known.errors.offset == 0 && known.errors.tau > 0
@test known.degrees_of_freedom == 51 - 4
@test occursin("frequency = 1.3 (fixed)", repr(known)) && occursin("offset = 0.5 (at its bound)", repr(known))
half = fit_function((x, a, b) -> a .+ b .* x, 0:4, [1, 3.1, 4.9, 7.1, 8.9], start=(a=0, b=0), bounds=(b=(0, 1.5),))
@test half.parameters.b == 1.5 && half.at_bound == [:b]
@test_throws ArgumentError fit_curve("line", 1:5, 1:5, fixed=(slop=1,))
@test_throws ArgumentError fit_curve("line", 1:5, 1:5, fixed=(slope=1,), bounds=(slope=(0, 1),))
failure = try fit_curve("line", 1:5, 1:5, bounds=(slope=(2, 1),)) catch e; e end
@test failure.code === :INVALID && occursin("bounds of 'slope'", failure.message)
