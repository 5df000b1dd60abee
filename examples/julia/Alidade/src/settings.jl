export Settings, load_settings, parse_settings, whereis

"""
    Settings

A parsed TOML file. `settings["devices.stage.limits.0"]` gives the part under a key.
"""
mutable struct Settings <: Object
    handle::Ptr{ald_settings}
    Settings(handle::Ptr{ald_settings}) = owned(new(handle))
end

"""
    load_settings(path) -> Settings

Reads a TOML file. Errors name line and column.
"""
load_settings(path::AbstractString) =
    Settings(output((out, err) -> ald_settings_load(path, out, err), Ptr{ald_settings}))

"""
    parse_settings(text; name="settings") -> Settings

Reads TOML from text; errors call it `name`.
"""
function parse_settings(text::AbstractString; name="settings")
    source = String(text)
    return Settings(
        output(Ptr{ald_settings}) do out, err
            ald_settings_parse(source, sizeof(source), name, out, err)
        end,
    )
end

"""The part of settings under a key; `""` for the whole."""
Base.getindex(settings::Settings, key::AbstractString) =
    take_value((out, err) -> ald_settings_get(settings, key, out, err))

"""
    whereis(settings, key) -> (line, column)

Place of a key in the file.
"""
function whereis(settings::Settings, key::AbstractString)
    line, column = Ref{Int64}(0), Ref{Int64}(0)
    check(err -> ald_settings_where(settings, key, line, column, err))
    return (line=Int(line[]), column=Int(column[]))
end
