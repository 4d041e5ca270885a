#!/usr/bin/env bash
# restic backs up what is left of its sources and calls that a success.
#
# Expected: `restic backup library dumps` fails, or at least warns with its exit code, when `dumps` does not exist.
# Seen: restic 0.14.0 and 0.18.0 print one line on stderr and exit with 0; 0.19.1 exits with 3. Each of them makes a
# snapshot whose `paths` name only the source that exists, so that nothing in the repository tells what was asked for.
# So: with restic before 0.19, a mount that is away or a misspelled folder shows only when somebody compares the
# snapshot's paths or contents with the intended ones.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir "$work/photos" "$work/photos/library"
echo picture >"$work/photos/library/1.jpg"

# backup_of RELEASE VERSION STATED_CODE
backup_of() {
  local restic
  restic=$(debian "$1" restic "$2-*")/usr/bin/restic
  export RESTIC_REPOSITORY=$work/repository-$2
  "$restic" init --quiet
  try "$restic" backup --quiet "$work/photos/library" "$work/photos/dumps"
  expect "restic $2, exit code with one of two sources missing" "$code" "$3"
  expect "restic $2, paths that its snapshot names" \
    "$("$restic" snapshots --json | json '[path.rsplit("/", 1)[1] for path in d[0]["paths"]]')" "['library']"
}

backup_of bookworm 0.14.0 0
backup_of trixie 0.18.0 0
backup_of forky 0.19.1 3
