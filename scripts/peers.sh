#!/usr/bin/env bash
# Puts the Python tools that results are held against into a virtual environment of their own, and says where it is.
# Tests find it by DAEPYO_PEERS; without it they say that they were skipped.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
place="${DAEPYO_PEERS:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/daepyo/peers}"
stamp="$place/installed.txt"

if ! cmp --silent scripts/peers.txt "$stamp"; then
    echo "installing $(grep -c '==' scripts/peers.txt) Python tools into $place" >&2
    rm -rf "$place"
    python3 -m venv "$place"
    "$place/bin/pip" install --quiet --disable-pip-version-check --requirement scripts/peers.txt >&2
    cp scripts/peers.txt "$stamp"
fi
echo "$place"
