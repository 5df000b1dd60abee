#!/bin/sh
# From a fresh machine to a first measurement: installs what is needed, builds the wheel, installs it
# into a fresh virtual environment and carries out an experiment on simulated instruments: Malus's law.
set -eu
cd "$(dirname "$0")/.."

began=$(date +%s)
step() {
  now=$(date +%s)
  [ -z "${last:-}" ] || printf '  %s: %d s\n' "$last" $((now - since)) >>build/quickstart.times
  since=$now
  last=$1
  printf '== %s\n' "$1"
}
mkdir -p build
: >build/quickstart.times

step 'installing the tools'
sh .ci/setup.sh build
sh .ci/setup.sh venv build/tools -r .ci/wheel-requirements.txt
step 'building the wheel'
PYTHON=build/tools/bin/python sh .ci/wheel.sh build/quickstart
step 'installing the wheel'
rm -rf build/quickstart/venv
/usr/bin/python3 -m venv build/quickstart/venv
set -- build/quickstart/alidade-*.whl
build/quickstart/venv/bin/pip install --quiet "$1[cli]"
step 'measuring'
build/quickstart/venv/bin/alidade demo --output build/quickstart/demo "--points=${POINTS_TO_MEASURE:-31}"
step 'done'
echo 'where the time went:'
cat build/quickstart.times
printf '  in all: %d s\n' $(($(date +%s) - began))
