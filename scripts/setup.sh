#!/usr/bin/env bash
# Puts what the build and the tests need on a Debian machine: nothing that is there already is touched.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PATH:${CARGO_HOME:-${HOME:-/root}/.cargo}/bin"

has() {
    command -v "$1" >/dev/null 2>&1
}

# Runs a command as root, or says that it cannot.
as_root() {
    if [[ "$(id -u)" -eq 0 ]]; then
        "$@"
    elif has sudo; then
        sudo "$@"
    else
        echo "not root and no sudo: cannot run $*" >&2
        return 1
    fi
}

install_packages() {
    as_root apt-get update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"
}

# SQLite is compiled from C, the fault tests compile a library that breaks storage calls, the second verifier of a
# record is written in Python, and code that a model wrote runs in bubblewrap.
install_tools() {
    local missing=()
    has cc || missing+=(gcc libc6-dev)
    has python3 || missing+=(python3)
    has git || missing+=(git)
    has bwrap || missing+=(bubblewrap)
    python3 -c "import ensurepip, venv" 2>/dev/null || missing+=(python3-venv)
    if [[ ${#missing[@]} -gt 0 ]]; then
        echo "installing ${missing[*]}"
        install_packages "${missing[@]}"
    fi
}

# Debian's own compiler is older than the one the workspace asks for, so only rustup will do.
install_rust() {
    if ! has cargo; then
        echo "installing Rust"
        has rustup || install_packages rustup ca-certificates
        rustup default stable
    fi
    if has rustup; then
        cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt
        cargo clippy --version >/dev/null 2>&1 || rustup component add clippy
    fi
}

# The tests run without it too, so a machine without a network goes on.
install_nextest() {
    if ! cargo nextest --version >/dev/null 2>&1; then
        echo "installing cargo-nextest"
        cargo install cargo-nextest --locked || echo "cargo-nextest could not be installed; the tests run without it"
    fi
}

# The tests that need them say so where they are missing.
install_peers() {
    scripts/peers.sh >/dev/null || echo "the Python tools could not be installed; tests against them are skipped"
}

# All crates of the lock file, those for other systems too: the house looks at the licence of each.
fetch_crates() {
    cargo fetch --locked || echo "not every crate could be fetched; the build needs only those for this machine"
}

install_tools
install_rust
install_nextest
install_peers
fetch_crates
