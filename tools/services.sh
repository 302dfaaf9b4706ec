#!/usr/bin/env bash
# Sees to it that the tests find a redis-server; they start and end it by themselves.
set -euo pipefail

command -v redis-server >/dev/null && exit 0

if ! command -v apt-get >/dev/null; then
    echo "test: a redis-server is needed on the PATH; install it with your system's package manager" >&2
    exit 1
fi
# RUNLEVEL: else Debian starts the server as a service, on its well-known port.
quietly=(env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1)
if [ "$(id -u)" = 0 ]; then
    as_root=("${quietly[@]}")
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n "${quietly[@]}")
else
    echo "test: a redis-server is needed on the PATH; run: sudo apt-get install redis-server" >&2
    exit 1
fi

echo "test: installing redis-server"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -qq -y --no-install-recommends redis-server >/dev/null
