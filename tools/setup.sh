#!/usr/bin/env bash
# Makes the environment from a lock with hashes, once per lock, interpreter and place: setup.sh [LOCK]
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${VENV:-.venv}
lock=${1:-requirements/dev.txt}
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore

fail() {
    echo "setup: $*" >&2
    exit 1
}

is_recent() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

interpreter() {
    if [ -n "${PYTHON:-}" ]; then
        is_recent "$PYTHON" || fail "PYTHON=$PYTHON is not a Python 3.11 or later"
        echo "$PYTHON"
        return
    fi
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if is_recent "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    fail "Python 3.11 or later is needed; name one with make PYTHON=/path/to/python"
}

# Shows pip's progress: one line that moves on a terminal, every tenth package elsewhere.
show_progress() {
    awk -v total="$1" -v terminal="$([ -t 1 ] && echo 1 || echo 0)" '
        /^(Collecting|Processing|Requirement already) / {
            done++
            name = $0
            sub(/^(Collecting|Requirement already satisfied:) /, "", name)
            sub(/ .*/, "", name)
            if (terminal) printf "\r\033[Ksetup: %d of %d  %s", done, total, name
            else if (done % 10 == 0) printf "setup: %d of %d packages\n", done, total
            fflush()
        }
        /^Installing collected packages/ {
            printf "%ssetup: unpacking %d packages\n", terminal ? "\r\033[K" : "", done
            fflush()
        }'
}

# Without its resolver, pip installs what the lock names and nothing else: the resolver of pip before 23.3 looks up
# extras again and takes their newest release. tools/lock.py proves that a lock names everything.
install() {
    local log
    log=$(mktemp)
    echo "setup: installing $*"
    # Not compiled: most modules are never imported, and the others are compiled at their first import.
    if ! "$venv/bin/python" -m pip install --no-deps --no-compile --require-hashes --only-binary=:all: \
        --progress-bar=off "${@/#/--requirement=}" 2>"$log" | tee -a "$log" |
        show_progress "$(cat "$@" | grep -c '^[A-Za-z0-9].*==')"; then
        cat "$log" >&2
        rm -f "$log"
        fail "$* could not be installed; pip's output is above"
    fi
    rm -f "$log"
}

python=$(interpreter)
identity="$(pwd) $("$python" -c 'import sys; print(sys.version)' | tr '\n' ' ')"
contents() { echo "$identity $(cat pyproject.toml requirements/build.txt "$1" | cksum)"; }
# What the tests need includes what a user needs, at the same versions.
for covering in "$lock" requirements/dev.txt; do
    [ "$(cat "$venv/.setup" 2>/dev/null)" != "$(contents "$covering")" ] || exit 0
done

if [ "$(cat "$venv/.identity" 2>/dev/null)" != "$identity" ]; then
    echo "setup: making $venv with $("$python" --version)"
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$python has no venv module; on Debian and Ubuntu: apt-get install python3-venv"
    "$python" -m venv --clear "$venv"
    echo "$identity" >"$venv/.identity"
fi
case $lock in
    requirements/dev.txt) install "$lock" ;;
    *) install "$lock" requirements/build.txt ;;
esac
"$venv/bin/python" -m pip install --quiet --no-deps --no-build-isolation -e .
"$venv/bin/python" -m pip check >/dev/null || fail "$("$venv/bin/python" -m pip check)"
contents "$lock" >"$venv/.setup"
