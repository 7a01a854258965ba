#!/usr/bin/env bash
# What is kept from one job to the next, and under which key: layercake's own environment and those of apps, by the hash
# of its lock. Worktrees aren't among them: each belongs to the clone that it was made in.
set -euo pipefail

if [ "$RUNNER_OS" != Linux ]; then
  echo "::error title=layercake::layercake measures on Linux only; use runs-on: ubuntu-latest"
  exit 2
fi

cache="${XDG_CACHE_HOME:-$HOME/.cache}/fastapi-layercake"
lock=$(sha256sum "$GITHUB_ACTION_PATH/requirements.lock" | cut -c 1-16)
python=$(python3 -c 'import platform; print(platform.python_version())' || echo none)
tool="$RUNNER_TEMP/layercake-tool"

{
  echo "tool=$tool"
  echo "key=layercake-$RUNNER_OS-$RUNNER_ARCH-$python-$lock"
  echo "kept<<end"
  printf '%s\n' "$tool" "$cache/stacks" "$cache/overlays" "$cache/locks"
  echo "end"
} >> "$GITHUB_OUTPUT"
