"""
A laboratory runtime: devices, labs, events and long work, from Julia.

```julia
using Alidade
stage = MockMovable()
move_abs(stage, 10, unit="um")
println(position(stage), " ", unit(stage))
```

The library is found by `ENV["ALIDADE_LIBRARY"]`, else in the tree where this package is installed (a
Python wheel, a prefix), else where the loader looks.

Nothing here blocks Julia: a function that waits lets other tasks and the garbage collector go on.
`timeout` is in seconds everywhere: `nothing` is the object's own default, `Inf` waits without
limit.
"""
module Alidade

using Dates
using FileWatching: FDWatcher
using Libdl

# Files that others need, each after those that it uses; exported names stand at the top of each.
include("library.jl")
include("generated.jl")
include("message_names.jl")
include("errors.jl")
include("handles.jl")
include("arrays.jl")
include("values.jl")
include("waiting.jl")
include("ops.jl")
include("queues.jl")
include("units.jl")
include("devices.jl")
include("settings.jl")
include("labs.jl")
include("capabilities.jl")
include("includes.jl")

function __init__()
    open_library()
    atexit(shutdown_at_exit)
end

end
