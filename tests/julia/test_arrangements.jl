using Alidade
using Test

lab = Lab(parse_settings("""
    [devices.stage]
    driver = "mock-movable"
    velocity = 1e4
    safe_state = [{ act = "home" }, { set = "velocity", to = 7.0 }]

    [devices.lamp]
    driver = "mock-readable"

    [groups.light.presets.dim]
    "lamp:level" = 0.1
    "stage:position" = 1

    [groups.light.presets.bright]
    "lamp:level" = 0.9
    "stage:position" = 2

    [positions.load]
    stage = 10
    """))

@testset "groups" begin
    open(lab)
    @test current_preset(lab, "light") === nothing
    @test apply_preset(lab, "light", "bright")["lamp:level"] == 0.9
    @test current_preset(lab, "light") == "bright"
    apply_preset(lab, "light", "dim"; timeout=5)
    @test current_preset(lab, "light") == "dim"
    @test keys(groups(lab)["light"]["presets"]) == ["dim", "bright"]
    set_group(lab, "x", Dict("near" => Dict("stage:position" => 1.4));
              tolerances=Dict("stage:position" => 0.5))
    @test current_preset(lab, "x") == "near"
    remove_group(lab, "x")
    failure = try apply_preset(lab, "light", "brigth") catch e; e end
    @test failure.code === :NOT_FOUND && occursin("bright", failure.message)
end

@testset "positions" begin
    @test go_to(lab, "load")["stage"] == 10.0
    set_position(lab, "far", Dict("stage" => 20))
    go_to(lab, "far")
    @test remember(lab, "here")["stage"] == 20.0
    @test remember(lab, "there", ["stage"])["stage"] == 20.0
    forget_position(lab, "far")
    @test keys(positions(lab)) == ["load", "here", "there"]
    failure = try set_position(lab, "x", Dict("stage" => 1000)) catch e; e end
    @test failure.code === :RANGE
end

@testset "safety" begin
    safe_state(lab)
    @test position(lab["stage"]) == 0.0
    @test get(lab["stage"], "velocity") == 7.0
    set_safe_state(lab["stage"], [Dict("set" => "velocity", "to" => 3.0)])
    safe_state(lab["stage"])
    @test get(lab["stage"], "velocity") == 3.0
    set_safe_state(lab["stage"], nothing)
    set_reopen(lab["stage"], 1.5)
    set_reopen(lab["stage"], nothing)
    failure = try set_reopen(lab["stage"], 1e-6) catch e; e end
    @test failure.code === :RANGE
    failure = try load_driver("/nowhere.so") catch e; e end
    @test failure.code === :NOT_FOUND
    close(lab)
end
