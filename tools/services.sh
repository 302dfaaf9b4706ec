#!/usr/bin/env bash
# Sees to it that the tests find a redis-server, and PHP for an example; they start and end both by themselves.
set -euo pipefail

missing=()
command -v redis-server >/dev/null || missing+=(redis-server)
command -v php >/dev/null || missing+=(php-cli)
[ ${#missing[@]} -gt 0 ] || exit 0

# Without PHP one test is skipped; without a redis-server many fail.
give_up() {
    [ "${missing[0]}" = redis-server ] || exit 0
    echo "test: a redis-server is needed on the PATH; $1" >&2
    exit 1
}

command -v apt-get >/dev/null || give_up "install it with your system's package manager"
# RUNLEVEL: else Debian starts the server as a service, on its well-known port.
quietly=(env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1)
if [ "$(id -u)" = 0 ]; then
    as_root=("${quietly[@]}")
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n "${quietly[@]}")
else
    give_up "run: sudo apt-get install redis-server"
fi

echo "test: installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
