#!/bin/sh
# Installs what the tests need, builds, and runs them all. --full adds the long ones, --changed runs
# what a change can reach, --only NAME one step; tests/run.py --help tells the rest.
set -eu
cd "$(dirname "$0")/.."
sh .ci/setup.sh test
sh .ci/setup.sh venv build/venv -r tests/requirements/tools.txt
exec build/venv/bin/python tests/run.py "$@"
