#!/bin/sh
# Runs all benchmarks, peers built in the same run, and prints numbers, goals and ratios:
# sh tests/bench/run.sh [--quick]
set -eu
cd "$(dirname "$0")/../.."
sh .ci/setup.sh test
sh .ci/setup.sh venv build/venv -r tests/requirements/tools.txt
sh .ci/setup.sh venv build/venvs/bench --over build/venv -r tests/requirements/bench.txt
python=$PWD/build/venvs/bench/bin/python
bin=$PWD/build/venv/bin
# As deep as the other build folders, so that ccache finds what they have compiled.
library=build/bench-release
PATH="$bin:$PATH"
export PATH
seconds=0.5
[ "${1-}" != --quick ] || seconds=0.001
if command -v ccache >/dev/null; then
  export CC="${CC:-ccache gcc}" CXX="${CXX:-ccache g++}"
fi
mkdir -p build/bench

step() { printf '\n== %s\n' "$*"; }

step 'building the library and its peers'
[ -f "$library/build.ninja" ] ||
  meson setup "$library" -Dtests=false -Dexamples=false -Dbench=true >build/bench/meson.log
ninja -C "$library" >build/bench/ninja.log
if command -v cargo >/dev/null; then
  PYO3_PYTHON="$python" cargo build --quiet --release --locked \
    --manifest-path tests/bench/pyo3/Cargo.toml --target-dir build/bench/pyo3
  export ALIDADE_PEER="$PWD/build/bench/pyo3/release/libalidade_peer.so"
else
  echo 'no cargo here: the numbers of the PyO3 module are left out'
fi
ALIDADE_LIBRARY=${ALIDADE_LIBRARY:-$PWD/$library/lib/libalidade.so.0.1}
PYTHONPATH=$PWD/python:$PWD/tests/bench
export ALIDADE_LIBRARY PYTHONPATH
"$python" -c 'import harness; print(harness.environment())'

step handles
"$library/tests/bench/bench_handles" --benchmark_min_time="$seconds" \
  --benchmark_out=build/bench/handles.json --benchmark_out_format=json >build/bench/handles.log 2>&1
"$python" tests/bench/handles.py build/bench/handles.json

for bench in scalars queues aio lines buses frames streams imports sizes; do
  step "$bench"
  "$python" "tests/bench/$bench.py" "$@"
done
