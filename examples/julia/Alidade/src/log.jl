export set_log_level, write_log, log_events

const LOG_LEVELS = Dict(
    :trace => ALD_LOG_TRACE,
    :debug => ALD_LOG_DEBUG,
    :info => ALD_LOG_INFO,
    :warning => ALD_LOG_WARNING,
    :error => ALD_LOG_ERROR,
    :off => ALD_LOG_OFF,
)

function log_level(name)
    haskey(LOG_LEVELS, name) || throw(
        ArgumentError(
            "no log level $(repr(name)); known are :trace, :debug, :info, :warning, :error, :off"
        ),
    )
    return LOG_LEVELS[name]
end

"""
    set_log_level(level)

Sets the least level that is written: `:trace`, `:debug`, `:info`, `:warning`, `:error`, `:off`.
"""
set_log_level(level::Symbol) = check(err -> ald_log_set_level(log_level(level), err))

"""
    write_log(level, message; domain="julia")

Writes a line to the library's log.
"""
write_log(level::Symbol, message::AbstractString; domain="julia") =
    check(err -> ald_log_write(log_level(level), domain, message, err))

"""
    log_events(; level=:info, capacity=1000) -> Queue

A queue of all log lines from now on, as `"log.written"` records; the payload has level, domain and
message. `close(queue)` ends it.
"""
function log_events(; level=:info, capacity=1000)
    queue = Queue(capacity)
    check(err -> ald_log_attach(queue, log_level(level), err))
    return queue
end
