# Prints the functions that the Julia module binds and the library (the argument) has.
using Libdl

module LibAlidade
const libalidade = ARGS[1]
include(joinpath(@__DIR__, "../../examples/julia/Alidade/src/generated.jl"))
end

handle = dlopen(ARGS[1])
for name in names(LibAlidade, all=true)
    if getfield(LibAlidade, name) isa Function && startswith(String(name), "ald_")
        dlsym(handle, name)
        println(name)
    end
end
LibAlidade.ald_abi_version() == LibAlidade.ALD_ABI || error("the ABI versions differ")
