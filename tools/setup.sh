#!/usr/bin/env bash
# Makes the environment from a lock with hashes, once for each lock, interpreter and place: setup.sh [LOCK]
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

python=$(interpreter)
identity="$(pwd) $("$python" -c 'import sys; print(sys.version)' | tr '\n' ' ')"
contents="$(cat pyproject.toml "$lock" | cksum)"
if [ "$(cat "$venv/.setup" 2>/dev/null)" = "$identity $contents" ]; then
    exit 0
fi

if [ "$(cat "$venv/.identity" 2>/dev/null)" != "$identity" ]; then
    echo "setup: making $venv with $("$python" --version)"
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$python has no venv module; on Debian and Ubuntu: apt-get install python3-venv"
    "$python" -m venv --clear "$venv"
    echo "$identity" >"$venv/.identity"
fi
echo "setup: installing $lock"
"$venv/bin/python" -m pip install --quiet --require-hashes -r "$lock"
case $lock in
    requirements/run.txt) "$venv/bin/python" -m pip install --quiet --require-hashes -r requirements/build.txt ;;
esac
case $lock in
    requirements/dev.txt | requirements/run.txt)
        "$venv/bin/python" -m pip install --quiet --no-deps --no-build-isolation -e .
        ;;
esac
echo "$identity $contents" >"$venv/.setup"
