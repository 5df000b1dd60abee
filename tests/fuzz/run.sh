#!/bin/sh
# Makes the folder for what a fuzz target finds, then runs the target: run.sh FOLDER TARGET ARGUMENT...
set -eu
mkdir -p "$1"
shift
exec "$@"
