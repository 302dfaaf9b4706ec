#!/usr/bin/env bash
# Installs the programs that the tests start and end themselves: redis-server, prometheus, chromium, and PHP for an example.
set -euo pipefail

missing=()
for program in redis-server prometheus chromium; do
    command -v "$program" >/dev/null || missing+=("$program")
done
needed=("${missing[@]}")
command -v php >/dev/null || missing+=(php-cli)
[ ${#missing[@]} -gt 0 ] || exit 0

# Without PHP one test is skipped; without one of the others many fail.
give_up() {
    [ ${#needed[@]} -gt 0 ] || exit 0
    echo "test: the tests need on the PATH: ${needed[*]}; $1" >&2
    exit 1
}

command -v apt-get >/dev/null || give_up "install them with your system's package manager"
# RUNLEVEL: else Debian starts the servers as services, on their well-known ports.
quietly=(env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1)
if [ "$(id -u)" = 0 ]; then
    as_root=("${quietly[@]}")
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n "${quietly[@]}")
else
    give_up "run: sudo apt-get install ${needed[*]}"
fi

echo "test: installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
