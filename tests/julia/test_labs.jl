using Alidade
using Test

experiment = joinpath(@__DIR__, "..", "..", "examples", "experiments", "computer.toml")

@testset "from a file" begin
    lab = Lab(experiment)
    @test keys(lab) == ["computer"]
    open(lab) do lab
        @test isempty(absent(lab))
        cpu = lab["computer/cpu"]
        @test unit(cpu) == "%"
        @test 0 <= read(cpu) <= 100
        @test lab["computer"]["memory"] isa Device
        @test get(lab["computer"], "uptime") > 0
        @test length(channels(lab)) > 3
        shot = snapshot(lab)
        @test shot["computer/memory:value"]["unit"] == "By"
        @test shot["computer:cores"]["value"] >= 1
    end
    @test state(lab["computer"]) === :closed
end

@testset "in code, with an absent device" begin
    lab = Lab(name="bench")
    @test Alidade.name(lab) == "bench"
    stage = add(lab, "stage", "mock-movable"; velocity=1.0)
    add(lab, "gone", "host"; root="/nowhere")
    failure = try add(lab, "stage", "mock-movable") catch e; e end
    @test failure.code === :EXISTS
    @test_logs (:warn, r"gone is absent") open(lab)
    @test keys(absent(lab)) == ["gone"]
    @test !isempty(absent(lab)["gone"]["message"])
    @test isopen(stage)
    @test length(lab) == 2 && occursin("bench", repr(lab))
    failure = try lab["stge"] catch e; e end
    @test failure.code === :NOT_FOUND && occursin("stage", failure.message)
    op = start_move(stage, 50)
    emergency_stop(lab)
    wait(op)
    @test state(op) === :cancelled
    close(lab)
    close(lab)
    @test state(stage) === :closed
end

@testset "bad files" begin
    failure = try Lab(parse_settings("[devices.x]\ndriver='host'\nintervall=1.0", name="lab.toml")) catch e; e end
    @test failure.code === :NOT_FOUND
    @test failure.where == "lab.toml:3:1" || startswith(failure.where, "lab.toml:3")
    @test occursin("interval", failure.message)
end

@testset "what is declared is checked" begin
    text = """
        [devices.stage]
        driver = "mock-movable"
        safe_state = [{ act = "stopp" }]
        """
    lab = Lab(parse_settings(text, name="lab.toml"))
    @test [part["key"] for part in check_lab(lab)["unchecked"]] == ["devices.stage.safe_state.0"]
    failure = try open(lab) catch e; e end
    @test failure.code === :NOT_FOUND && occursin("did you mean 'stop'", failure.message)
    @test startswith(failure.where, "lab.toml:3:")
    @test isopen(lab["stage"])
    found = check_lab(lab)["findings"]
    @test length(found) == 1 && found[1]["where"] == failure.where
    set_safe_state(lab["stage"], [Dict("act" => "stop")])
    open(lab)
    @test isempty(check_lab(lab)["findings"]) && isempty(check_lab(lab)["unchecked"])
    close(lab)
    lab = Lab(parse_settings(text))
    stage = lab["stage"]
    @test_throws AlidadeError open(identity, lab)
    @test state(stage) === :closed
    failure = try Lab(parse_settings("[devcies.x]\ndriver='host'")) catch e; e end
    @test failure.code === :NOT_FOUND && occursin("[devices]", failure.message)
end

@testset "an emergency stop latches" begin
    lab = Lab(parse_settings("""
        [devices.stage]
        driver = "mock-movable"
        velocity = 20.0
        safe_state = [{ act = "home" }, { set = "velocity", to = 50.0 }]
        [devices.camera]
        driver = "mock-camera"
        pattern = "gradient"
        [devices.meter]
        driver = "mock-readable"
        [groups.g.presets.there]
        "meter:level" = 3.0
        "stage:position" = 1.0
        [positions.there]
        stage = 1.0
        """, name="lab.toml"))
    open(lab)
    stage, camera = lab["stage"], lab["camera"]
    @test !is_stopped(lab) && !is_stopped(lab_of(stage))
    motion = start_move(stage, 90)
    sleep(0.1)
    emergency_stop(lab)
    wait(motion)
    @test state(motion) === :cancelled && is_stopped(lab)
    place = position(stage)
    for refused in (
        () -> move_abs(stage, 1), () -> move_rel(stage, 1), () -> home(stage),
        () -> set(stage, "position", 1.0), () -> act(stage, "home"), () -> arm(camera),
        () -> trigger(camera), () -> apply_preset(lab, "g", "there"), () -> go_to(lab, "there"),
    )
        failure = try refused() catch e; e end
        @test failure.code === :STATE && occursin("reset_stop", failure.message)
    end
    @test get(lab["meter"], "level") == 0
    @test safe_state(lab) == ["stage: act home"]
    @test safe_state(stage) == ["stage: act home"]
    @test position(stage) == place > 0
    @test get(stage, "velocity") == 50
    reset_stop(lab)
    @test !is_stopped(lab)
    @test safe_state(lab) == String[]
    @test position(stage) == 0
    arm(camera)
    apply_preset(lab, "g", "there")
    close(lab)
end
