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
