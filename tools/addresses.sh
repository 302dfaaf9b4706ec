#!/usr/bin/env bash
# Fails if a file names a package registry, an index, or a path on one machine.
set -euo pipefail
cd "$(dirname "$0")/.."

# The brackets keep this file from finding itself.
pattern='py[p]i\.org|python[h]osted|npm[j]s\.(org|com)|index-u[r]l=|extra-index-u[r]l|/wor[k]/|/roo[t]/|/hom[e]/[a-z]+/'

if git grep -nIiE --untracked "$pattern"; then
    echo "check: the lines above name a package registry or one machine's path" >&2
    exit 1
fi
