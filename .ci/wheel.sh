#!/bin/sh
# Builds the wheel into a folder, makes it self-contained, and tells which symbols set its tag:
# sh .ci/wheel.sh FOLDER
set -eu
cd "$(dirname "$0")/.."
folder=$1
python=${PYTHON:-build/venv/bin/python}
bin=$(dirname "$python")
rm -rf "$folder"
mkdir -p "$folder/raw"
export PATH="$(cd "$bin" && pwd):$PATH"
if command -v ccache >/dev/null; then
  export CC="ccache gcc" CXX="ccache g++"
fi
"$python" -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "$folder/raw" .
"$bin/auditwheel" repair --wheel-dir "$folder" "$folder"/raw/alidade-*.whl
"$python" .ci/wheel_tag.py "$folder"/alidade-*.whl
