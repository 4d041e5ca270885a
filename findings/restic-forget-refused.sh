#!/usr/bin/env bash
# restic forget succeeds although the server refused to remove anything.
#
# Expected: `restic forget` against an append-only rest-server fails, since it may not remove snapshots there.
# Seen: restic 0.18.0 prints that it was unable to remove the snapshot, and exits with 0; 0.19.1 exits with 3.
# So: with restic before 0.19 the exit code of forget does not tell whether the retention works. Count the snapshots.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

server=$(debian trixie restic-rest-server '0.13.0-*')/usr/bin/restic-rest-server
port=$(free_port)
serve "http://127.0.0.1:$port/" "$server" --listen "127.0.0.1:$port" --path "$work/served" --no-auth --append-only
mkdir "$work/photos"

# forget_with RELEASE VERSION STATED_CODE
forget_with() {
  local restic
  restic=$(debian "$1" restic "$2-*")/usr/bin/restic
  export RESTIC_REPOSITORY=rest:http://127.0.0.1:$port/$2/
  "$restic" init --quiet
  touch "$work/photos/1.jpg"
  "$restic" backup --quiet "$work/photos"
  "$restic" backup --quiet "$work/photos"
  try "$restic" forget --keep-last 1
  expect "restic $2, lines about a snapshot that could not be removed" \
    "$(grep -c '^unable to remove snapshot/' "$work/err" || true)" 1
  expect "restic $2, exit code of forget" "$code" "$3"
  expect "restic $2, snapshots afterwards" "$("$restic" snapshots --json | json 'len(d)')" 2
}

forget_with trixie 0.18.0 0
forget_with forky 0.19.1 3
