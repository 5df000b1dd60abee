using Test

const EXAMPLES = joinpath(@__DIR__, "..", "..", "examples", "julia")

run_example(name, arguments...) = read(
    pipeline(
        `$(Base.julia_cmd()) --startup-file=no $(joinpath(EXAMPLES, name)) $arguments`,
        stderr=stderr,
    ),
    String,
)

@testset "mocks" begin
    lines = split(chomp(run_example("mocks.jl")), "\n")
    @test startswith(lines[4], "0.03 mm: ")
    @test lines[5] == "refused: position is 1000 mm, allowed are -100 mm to 100 mm"
    @test startswith(lines[6], "moving, ")
    @test lines[7] == "stopped: true"
    @test lines[8] == "level is now 7.0"
end

@testset "camera" begin
    lines = split(chomp(run_example("camera.jl")), "\n")
    @test lines[3] == "frame 2: (320, 240), 0.005 s"
    @test lines[4] == "50 frames, 0 lost"
    @test lines[5] == "skipped some: true"
end

@testset "Malus's law" begin
    mktempdir() do folder
        file = joinpath(folder, "malus.csv")
        told = match(r"theta0 = ([\d.]+) \+- ([\d.]+) deg", run_example("malus.jl", file, "7"))
        angle, error = parse.(Float64, told.captures)
        @test 0 < error < 0.05
        @test abs(angle - 31.7) < 6 * error
        lines = readlines(file)
        @test lines[1] == "rotator/plate [deg],meter [W],frame mean [1]"
        @test length(lines) == 8
    end
end

@testset "docs/julia.md" begin
    page = read(joinpath(EXAMPLES, "..", "..", "docs", "julia.md"), String)
    programs = [m[1] for m in eachmatch(r"```julia\n(.*?)```"s, page)]
    @test length(programs) >= 5
    mktempdir() do folder
        for program in programs
            command = `$(Base.julia_cmd()) --startup-file=no -e $program`
            @test success(pipeline(Cmd(command, dir=folder), stderr=stderr))
        end
        @test isfile(joinpath(folder, "computer.csv"))
    end
end

@testset "the computer's own sensors" begin
    mktempdir() do folder
        file = joinpath(folder, "computer.csv")
        told = run_example("computer_series.jl", file, "3", "0.05")
        @test occursin("3 rows of", told)
        lines = readlines(file)
        @test length(lines) == 4
        @test startswith(lines[1], "time [UTC],elapsed [s],computer/cpu [%],")
        @test all(line -> count(==(','), line) == count(==(','), lines[1]), lines)
    end
end
