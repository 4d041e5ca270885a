#!/usr/bin/env bash
# The paths that a restic snapshot names need not exist in it.
#
# Expected: a snapshot with `paths: ["/srv/photos"]` holds its files below /srv/photos.
# Seen: after `cd /srv/photos && restic backup .` restic 0.14.0 and 0.18.0 write the absolute path into `paths`, but the
# tree begins with the contents of the folder. `ls` and `restore --include` of the absolute path then find nothing, and
# both exit with 0. In the listing nothing but the tree tells such a snapshot from one of `restic backup /srv/photos`.
# So: look a folder up by what is in the tree, and never take exit code 0 of a filtered restore for files restored.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir -p "$work/photos/upload"
echo picture >"$work/photos/upload/1.jpg"

# backup_with RELEASE VERSION
backup_with() {
  local restic
  restic=$(debian "$1" restic "$2-*")/usr/bin/restic
  export RESTIC_REPOSITORY=$work/repository-$2
  "$restic" init --quiet
  (cd "$work/photos" && "$restic" backup --quiet .)
  "$restic" backup --quiet "$work/photos"
  expect "restic $2, both snapshots name the absolute path" \
    "$("$restic" snapshots --json | json "d[0]['paths'] == d[1]['paths'] == ['$work/photos']")" True
  "$restic" forget --quiet latest

  expect "restic $2, its tree" "$("$restic" ls latest --quiet | xargs)" "/upload /upload/1.jpg"
  try "$restic" ls latest --quiet "$work/photos"
  expect "restic $2, ls of the path that it names: exit code and lines" "$code $(grep -c ^/ "$work/out" || true)" "0 0"
  try "$restic" restore latest --target "$work/restored-$2" --include "$work/photos/upload"
  expect "restic $2, restore of the path that it names: exit code and files" \
    "$code $(find "$work" -path "$work/restored-$2/*" -type f | wc -l)" "0 0"
}

backup_with bookworm 0.14.0
backup_with trixie 0.18.0
