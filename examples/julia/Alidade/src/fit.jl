export Fit, fit_curve, fit_function, fit_models

"""
Result of a fit: `parameters` and their standard deviations `errors`, both by name; their
`covariance`; `chi_squared` (of residuals over sigma, or of residuals, if sigma was not given) and
`degrees_of_freedom`; and the names of the parameters that were `fixed`, and of those that stand
`at_bound`, which have no error. `fit(x)` gives the fitted curve at `x`.
"""
struct Fit{P<:NamedTuple,F}
    model::String
    parameters::P
    errors::P
    covariance::Matrix{Float64}
    chi_squared::Float64
    degrees_of_freedom::Int
    iterations::Int
    fixed::Vector{Symbol}
    at_bound::Vector{Symbol}
    evaluate::F
end

(fit::Fit)(x::Real) = fit([x])[1]
(fit::Fit)(x::AbstractVector) = fit.evaluate(collect(Float64, values(fit.parameters)), x)

function Base.show(io::IO, fit::Fit)
    print(io, "Fit($(repr(fit.model))")
    for name in keys(fit.parameters)
        value, error = fit.parameters[name], fit.errors[name]
        known = name in fit.fixed ? "(fixed)" : name in fit.at_bound ? "(at its bound)" :
            "± $(round(error, sigdigits=2))"
        print(io, ", $name = $(round(value, sigdigits=6)) $known")
    end
    print(io, ")")
end

"""
    fit_models()

The curves that there are, and the names of their parameters.
"""
fit_models() = Dict(name => parameter_names(model) for (name, model) in model_numbers())

"""
    fit_curve(model, x, y; sigma=nothing, start=nothing, fixed=(;), bounds=(;))

Fits a curve to points by weighted least squares. `model` is one of `fit_models()`: "line", "malus"
and "malus-half-wave" (degrees), "edge" (a knife edge in a Gaussian beam), "gaussian", "lorentzian",
"exponential", "sine" and "damped-sine" (phases in degrees); the reference of the C interface has their formulas. `sigma` are the standard deviations of `y`, one for all or one
for each; without them the errors follow from the scatter of the points. `start` is a named tuple;
without it the points tell where to begin. `fixed` names parameters that are known, `bounds` the least
and the greatest value of others, `nothing` for none.

    fit = fit_curve("malus", angle, power, sigma=0.01)
    fit.parameters.angle, fit.errors.angle
    fit_curve("gaussian", x, y, fixed=(offset=0.0,), bounds=(sigma=(0.1, nothing),))
"""
function fit_curve(model::AbstractString, x, y; sigma=nothing, start=nothing, fixed=NamedTuple(),
                   bounds=NamedTuple())
    numbers = model_numbers()
    haskey(numbers, model) ||
        throw(ArgumentError("there is no curve $(repr(model)); there are $(join(keys(numbers), ", "))"))
    which = numbers[model]
    names = parameter_names(which)
    points = points_of(x, y, sigma)
    lower, upper = box_numbers(names, fixed, bounds)
    begin_at = start === nothing ? C_NULL : start_numbers(merge(start, fixed), names)
    record = output_record(ald_fit_init, ald_fit) do record, err
        ald_fit_curve(which, points.x, points.y, points.sigma, length(points.x), begin_at,
                      lower, upper, C_NULL, record, err)
    end
    return found(String(model), names, record, fixed, (at, x) -> evaluate_curve(which, at, x))
end

# Arguments of `call_function`, and what the function threw: nothing may be thrown through C.
mutable struct FunctionCall
    f::Any
    x::Vector{Float64}
    thrown::Any
end

function call_function(call, parameters, parameter_count, x, y, count, err)::ald_status
    try
        values = unsafe_wrap(Array, y, count)
        values .= call.f(call.x, unsafe_wrap(Array, parameters, Int(parameter_count))...)
        return ALD_OK
    catch e
        call.thrown = e
        return ALD_E_CALLBACK
    end
end

"""
    fit_function(f, x, y; sigma=nothing, start, fixed=(;), bounds=(;))

Fits a function `f(x, parameters...)` of all `x` to points; `start` is a named tuple that names the
parameters, at most 8, in their order, and says where to begin. `fixed` and `bounds` are those of
`fit_curve`; `f` is given nothing beyond them.

    fit_function((t, height, rate) -> height .* exp.(-rate .* t), t, y, start=(height=5, rate=1))
"""
function fit_function(f, x, y; sigma=nothing, start::NamedTuple, fixed=NamedTuple(),
                      bounds=NamedTuple())
    require_room("kernels")
    points = points_of(x, y, sigma)
    names = collect(keys(start))
    call = FunctionCall(f, points.x, nothing)
    evaluate = @cfunction(
        call_function,
        ald_status,
        (Any, Ptr{Float64}, Int32, Ptr{Float64}, Ptr{Float64}, Int64, Ptr{Ptr{ald_error}})
    )
    lower, upper = box_numbers(names, fixed, bounds)
    begin_at = start_numbers(merge(start, fixed), names)
    record = try
        GC.@preserve call output_record(ald_fit_init, ald_fit) do record, err
            ald_fit_function(evaluate, pointer_from_objref(call), length(names), join(names, ","),
                             points.x, points.y, points.sigma, length(points.x), begin_at,
                             lower, upper, C_NULL, record, err)
        end
    catch
        call.thrown === nothing || throw(call.thrown)
        rethrow()
    end
    return found(string(f), names, record, fixed, (at, x) -> f(collect(Float64, x), at...))
end

# Points as the library takes them.
struct Points
    x::Vector{Float64}
    y::Vector{Float64}
    sigma::Union{Ptr{Nothing},Vector{Float64}}
end

function points_of(x, y, sigma)
    all_x, all_y = collect(Float64, x), collect(Float64, y)
    length(all_x) == length(all_y) ||
        throw(DimensionMismatch("x has $(length(all_x)) points, y has $(length(all_y)); give as many"))
    sigma === nothing && return Points(all_x, all_y, C_NULL)
    known = sigma isa Real ? fill(Float64(sigma), length(all_x)) : collect(Float64, sigma)
    length(known) == length(all_x) ||
        throw(DimensionMismatch("sigma has $(length(known)) numbers; give one for all, or $(length(all_x))"))
    return Points(all_x, all_y, known)
end

function start_numbers(start::NamedTuple, names)
    Set(keys(start)) == Set(names) ||
        throw(ArgumentError("start has $(join(keys(start), ", ")); expected $(join(names, ", "))"))
    return Float64[start[name] for name in names]
end

# The least and the greatest value of each parameter, as the library takes them.
function box_numbers(names, fixed::NamedTuple, bounds::NamedTuple)
    unknown = setdiff([keys(fixed)..., keys(bounds)...], names)
    isempty(unknown) ||
        throw(ArgumentError("there is no $(join(unknown, ", ")); the parameters are $(join(names, ", "))"))
    both = intersect(keys(fixed), keys(bounds))
    isempty(both) || throw(ArgumentError("$(join(both, ", ")) is fixed; it cannot have bounds too"))
    pairs = [haskey(fixed, name) ? (fixed[name], fixed[name]) : get(bounds, name, (nothing, nothing))
             for name in names]
    lower = Float64[low === nothing ? -Inf : low for (low, _) in pairs]
    upper = Float64[high === nothing ? Inf : high for (_, high) in pairs]
    return lower, upper
end

function found(model, names, record, fixed, evaluate)
    count = Int(record.parameter_count)
    named(numbers) = NamedTuple{Tuple(names)}(numbers[1:count])
    most = ALD_FIT_PARAMETERS_MAX
    return Fit(
        model,
        named(record.parameters),
        named(record.errors),
        [record.covariance[most * (i - 1) + j] for i in 1:count, j in 1:count],
        record.chi_squared,
        Int(record.degrees_of_freedom),
        Int(record.iterations),
        [name for name in names if haskey(fixed, name)],
        [name for (i, name) in enumerate(names) if record.at_bound >> (i - 1) & 1 == 1],
        evaluate,
    )
end

function evaluate_curve(which, parameters, x)
    at = collect(Float64, x)
    y = similar(at)
    check(err -> ald_fit_evaluate(which, parameters, at, length(at), y, err))
    return y
end

# The library numbers its curves from ALD_FIT_LINE on; the first without a name is none.
function model_numbers()
    require_room("kernels")
    numbers = Dict{String,ald_fit_model}()
    model = ald_fit_model(ALD_FIT_LINE)
    while (name = unsafe_string(ald_fit_model_name(model))) != ""
        numbers[name] = model
        model += ald_fit_model(1)
    end
    return numbers
end

function parameter_names(model)
    names = (unsafe_string(ald_fit_parameter_name(model, i)) for i in 0:(ALD_FIT_PARAMETERS_MAX - 1))
    return [Symbol(name) for name in names if !isempty(name)]
end
