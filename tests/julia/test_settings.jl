using Alidade
using Test

text = """
[lab]
name = "bench"

[devices.stage]
driver = "mock-movable"
limits = [1, 2.5]
on = true
"""
settings = parse_settings(text, name="bench.toml")
@test settings["lab.name"] == "bench"
@test settings["devices.stage.limits.1"] === 2.5
@test settings["devices"]["stage"]["on"] === true
@test collect(keys(settings[""])) == ["lab", "devices"]
@test whereis(settings, "devices.stage.limits") == (line=6, column=1) ||
      whereis(settings, "devices.stage.limits").line == 6

failure = try settings["devices.stage.driwer"] catch e; e end
@test failure.code === :NOT_FOUND && occursin("driver", failure.message)
failure = try parse_settings("a = [1,\n  =", name="bad.toml") catch e; e end
@test failure.code === :CORRUPT
@test occursin("bad.toml:2", failure.where)
failure = try load_settings("/nowhere/lab.toml") catch e; e end
@test failure.code === :NOT_FOUND
@test load_settings(joinpath(@__DIR__, "..", "..", "examples", "experiments", "computer.toml"))["devices.computer.driver"] == "host"
