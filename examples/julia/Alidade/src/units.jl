export convert_unit

"""
    convert_unit(x, from, to)

Converts a number from one UCUM unit to another: `convert_unit(10, "um", "mm") == 0.01`.
"""
convert_unit(x::Real, from::AbstractString, to::AbstractString) =
    output((out, err) -> ald_unit_convert(Float64(x), from, to, out, err), Float64)

# A position or a level of the user's in the device's unit.
in_unit(x, ::Nothing, own) = Float64(x)
in_unit(x, from, own) = convert_unit(x, from, own)

# A difference: what both units have as their zero does not count.
in_unit_step(x, ::Nothing, own) = Float64(x)
in_unit_step(x, from, own) = convert_unit(x, from, own) - convert_unit(0, from, own)
