#!/bin/sh
# Builds the wheel into a folder, makes it self-contained, and tells which symbols set its tag:
# sh .ci/wheel.sh FOLDER
set -eu
cd "$(dirname "$0")/.."
folder=$1
python=${PYTHON:-build/venv/bin/python}
bin=$(cd "$(dirname "$python")" && pwd)
python=$bin/python
rm -rf "$folder"
mkdir -p "$folder/raw"
PATH="$bin:$PATH"
export PATH
if command -v ccache >/dev/null; then
  export CC="ccache gcc" CXX="ccache g++"
fi
"$python" -m pip wheel --quiet --no-deps --no-build-isolation --disable-pip-version-check \
  --config-settings=build-dir=build/wheel-objects --wheel-dir "$folder/raw" .
# Nothing in it belongs to one version of Python: the library is loaded, not imported.
"$python" -m wheel tags --remove --python-tag=py3 --abi-tag=none "$folder"/raw/alidade-*.whl >/dev/null
"$bin/auditwheel" repair --wheel-dir "$folder" "$folder"/raw/alidade-*.whl
rm -r "$folder/raw"
"$python" .ci/wheel_tag.py "$folder"/alidade-*.whl
