# Prints how Julia lays the structs out, and the constants, in the form of layout.golden.
module LibAlidade
const libalidade = "libalidade"
include(joinpath(@__DIR__, "../../examples/julia/Alidade/src/generated.jl"))
end

for name in names(LibAlidade, all=true)
    item = getfield(LibAlidade, name)
    if item isa Type && isbitstype(item) && startswith(String(name), "ald_") && fieldcount(item) > 0
        println("struct $name size $(sizeof(item)) align $(Base.datatype_alignment(item))")
        for i in 1:fieldcount(item)
            offset = Int(fieldoffset(item, i))
            println("  $(fieldname(item, i)) offset $offset size $(sizeof(fieldtype(item, i)))")
        end
    elseif startswith(String(name), "ALD_")
        println("const $name $(Int64(item))")
    end
end
