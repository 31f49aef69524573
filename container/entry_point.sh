#!/bin/sh
# Becomes a verb of a job that runs as a service:
#   entry_point.sh JOB VERB [OPTION]...
#   entry_point.sh JOB-VERB
# It works in $INIT_CWD. The configuration is $GROUNDSKEEPER_CONFIG_TEXT, or the file
# $GROUNDSKEEPER_CONFIG, or groundskeeper.json in that folder.
set -eu
# A signal that comes before Deno runs ends it as the program would.
trap 'exit 3' INT TERM

checkout=$(cd "$(dirname "$0")/.." && pwd -P)
export INIT_CWD="${INIT_CWD:-$PWD}" GROUNDSKEEPER_COMMAND=groundskeeper

if [ -n "${GROUNDSKEEPER_CONFIG_TEXT-}" ]; then
  written=$(mktemp "$INIT_CWD/.task_definition.XXXXXX")
  printf '%s\n' "$GROUNDSKEEPER_CONFIG_TEXT" >"$written"
  GROUNDSKEEPER_CONFIG=$INIT_CWD/task_definition.json
  mv "$written" "$GROUNDSKEEPER_CONFIG"
fi
config=${GROUNDSKEEPER_CONFIG:-$INIT_CWD/groundskeeper.json}

# Deno uses V8's code cache only where it can write, and starts in half the time with it. What it
# never writes is linked.
if [ -n "${DENO_DIR-}" ] && ! [ -w "$DENO_DIR" ]; then
  own=$INIT_CWD/.deno
  if ! [ -e "$own" ]; then
    made=$(mktemp -d "$own.XXXXXX")
    for entry in "$DENO_DIR"/*; do
      if [ -d "$entry" ]; then ln -s "$entry" "$made"; else cp "$entry" "$made"; fi
    done
    # Another run of this folder may have been first.
    mv -nT "$made" "$own"
    rm -rf "$made"
  fi
  export DENO_DIR="$own"
fi

case "$#${1-}" in 1*-*) set -- "${1%%-*}" "${1#*-}" ;; esac
# Nobody is there to be asked.
case "${2-} ${3-}" in "apply "* | "clear "* | "canary apply") set -- "$@" --yes ;; esac

line=$(
  # Without this file nothing counts as mounted.
  export GROUNDSKEEPER_CONTAINER_MOUNTS="$(cat /proc/self/mountinfo || :)"
  deno run -q --no-prompt --cached-only --allow-read --allow-env --config="$checkout/deno.json" \
    "$checkout/runners/main.ts" config line --config "$config" "$@"
)
eval "exec $line"
