#!/usr/bin/env bash
# layercake at the version of this action, in an environment of its own, with the versions of its own lock. It runs on
# the first Python of the PATH that is new enough; uv gets one where there is none.
set -euo pipefail

lock="$GITHUB_ACTION_PATH/requirements.lock"
uv=$(command -v uv || echo "$RUNNER_TEMP/layercake-uv/bin/uv")
if [ ! -x "$uv" ]; then
  awk '/^uv==/ { found = 1 } found { print } found && !/\\$/ { exit }' "$lock" > "$RUNNER_TEMP/uv.txt"
  python3 -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
    --target "$RUNNER_TEMP/layercake-uv" --requirement "$RUNNER_TEMP/uv.txt"
fi

# A Python that the runner has no more leaves an environment behind that doesn't start.
if ! "$TOOL/bin/python" -c "" 2> /dev/null; then
  "$uv" venv --quiet --clear --python-preference system --python ">=3.11" "$TOOL"
fi
"$uv" pip install --quiet --python "$TOOL/bin/python" --constraint "$lock" \
  --reinstall-package fastapi-layercake "$GITHUB_ACTION_PATH"
