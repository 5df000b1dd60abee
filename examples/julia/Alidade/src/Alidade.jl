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

export AlidadeError
export NativeArray, ValueMap, to_json, from_json, to_cbor, from_cbor, share
export Op, progress, updates, result, cancel, pause, resume, Cancel
export Queue, Record, drain, stats
export Subscription, EventStream, events, subscribe, register_event
export Device, Reading, Schema, path, state, describe, children, schema, properties, can, cached
export set, start_set, start_get, start_action, act, snapshot, last_reading, last_values, reading
export unit, limits, move_abs, start_move, move_rel, start_move_rel, home, start_home
export stop, start_stop, wait_settled, start_read, drivers, discover, ports, probe
export Lab, add, absent, check_lab, emergency_stop, reset_stop, is_stopped, lab_of, MockMovable, MockReadable
export groups, set_group, remove_group, apply_preset, current_preset
export positions, set_position, forget_position, remember, go_to
export set_safe_state, safe_state, set_reopen, load_driver
export Bench, Simulation, simulations, uri, set_faults, say, plug, unplug
export arm, trigger, disarm, set_exposure, next_frame, stream, FrameStream, Frame, MockCamera
export Settings, load_settings, parse_settings, whereis
export Source, convert_unit, TimeSeries, record_series, channels, write_csv
export Fit, fit_curve, fit_function, fit_models
export set_log_level, write_log, log_events, now_utc, now_mono_ns

include("library.jl")
include("generated.jl")
include("errors.jl")
include("handles.jl")
include("arrays.jl")
include("values.jl")
include("waiting.jl")
include("ops.jl")
include("queues.jl")
include("units.jl")
include("devices.jl")
include("movable.jl")
include("settings.jl")
include("labs.jl")
include("arrangements.jl")
include("events.jl")
include("simulation.jl")
include("mocks.jl")
include("sources.jl")
include("cameras.jl")
include("clock.jl")
include("log.jl")
include("series.jl")
include("fit.jl")
include("kinds.jl")

function __init__()
    open_library()
    atexit(shutdown_at_exit)
end

end
