using Alidade
using Test

using Alidade: advance, asked, complete, wait_begun
caught(f) = try f(); nothing catch e; e end

op = Op(pausable=true)
@test state(op) === :pending
@test asked(op) == (cancel=false, pause=false)
waiting = @async result(op)
begun = @async wait_begun(op)
advance(op, 2, total=4, unit="mm", phase="measuring")
wait(begun)
p = progress(op)
@test (p.state, p.done, p.total, p.unit, p.phase) == (:running, 2.0, 4.0, "mm", "measuring")
pause(op)
@test asked(op).pause
resume(op)
@test !asked(op).pause
@test !istaskdone(waiting)
complete(op, (1, "two"))
@test fetch(waiting) == Any[1, "two"]
@test fetch(op) == Any[1, "two"]
@test caught(() -> complete(op)).code === :STATE
@test caught(() -> advance(op)).code === :STATE

op = Op()
@test caught(() -> pause(op)).code === :UNSUPPORTED
cancel(op)
@test asked(op).cancel
complete(op, AlidadeError(:CANCELLED, Alidade.ALD_E_CANCELLED, "as asked", "julia", 3, "here", "", nothing))
failure = caught(() -> result(op))
@test (failure.code, failure.message, failure.domain, failure.native_code, failure.where) ==
      (:CANCELLED, "as asked", "julia", 3, "here")
@test state(op) === :cancelled

# All kinds of scalars come with the record of the end.
for x in (nothing, true, false, 7, -2.5, "text")
    local op = Op()
    local waiting = @async Alidade.finish(op)
    yield()
    complete(op, x)
    @test fetch(waiting) === x || fetch(waiting) == x
end

# A thousand operations, ended in another order than they are waited for.
ops = [Op() for _ in 1:1000]
results = [@async Alidade.finish(op) for op in ops]
yield()
for i in 1000:-1:1
    complete(ops[i], i)
end
@test fetch.(results) == 1:1000

# Forgotten handles are given back.
GC.gc()
before = Alidade.handle_count()
foreach(_ -> complete(Op(), 1), 1:500)
GC.gc()
@test Alidade.handle_count() <= before
