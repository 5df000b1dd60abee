#!/bin/sh
# Makes the folder for what a fuzz target finds, then runs the target for FUZZ_SECONDS (or 5):
# run.sh FOLDER TARGET ARGUMENT...
set -eu
mkdir -p "$1"
shift
exec "$@" "-max_total_time=${FUZZ_SECONDS:-5}"
