#!/usr/bin/env bash
# ci.sh PROGRAM: what action.yml and gitlab.yml run, with PROGRAM the releasechecker
# that they have built. What is to be checked is read from the environment, RELSEAL_…,
# so that nothing of it ever becomes part of a script; action.yml says what each means.
set -euo pipefail
program=$1
attempts=${RELSEAL_ATTEMPTS:-3}
args=() artifacts=()

if ! [[ $attempts =~ ^[0-9]{1,3}$ ]]; then
  echo "how often to try is a number of at most three digits" >&2
  exit 2
fi

option() { # NAME VALUE: a flag, where there is a value
  if [ -n "$2" ]; then args+=("$1=$2"); fi
}

lines() { # TEXT COMMAND...: the command for each line that isn't empty
  local line
  while IFS= read -r line; do
    line=${line%$'\r'}
    if [ -n "$line" ]; then "${@:2}" "$line"; fi
  done <<< "$1"
}

artifact() { artifacts+=("$1"); }

version=${RELSEAL_VERSION:-}
version=${version#v}
option --manifest "${RELSEAL_MANIFEST:-}"
option --table "${RELSEAL_TABLE:-}"
if [ -n "${RELSEAL_MANIFEST:-}" ]; then
  option --release "$version"
else
  option --var "${version:+version=$version}"
fi
option --dir "${RELSEAL_DIR:-}"
option --list "${RELSEAL_LIST:-}"
lines "${RELSEAL_TARGETS:-}" option --target
option --policy "${RELSEAL_POLICY:-}"
lines "${RELSEAL_TRUSTED_ROOT:-}" option --trusted-root
option --bind "${RELSEAL_BIND:-}"
option --lint "${RELSEAL_LINT:-}"
lines "${RELSEAL_SAVE:-}" option --save
lines "${RELSEAL_ARTIFACTS:-}" artifact

for ((attempt = 1; ; attempt++)); do
  code=0
  # (An empty array is no variable for the bash of macOS.)
  "$program" "${args[@]+"${args[@]}"}" -- "${artifacts[@]+"${artifacts[@]}"}" || code=$?
  # 68: something can't be fetched, or isn't there yet, and nothing worse was found.
  if [ "$code" != 68 ] || [ "$attempt" -ge "$attempts" ]; then exit "$code"; fi
  echo "Not all of it can be fetched: again in 20 seconds."
  sleep 20
done
