#!/usr/bin/env bash
# One unreadable file, and a scheduled backup makes three snapshots and calls each of them a failure.
#
# Expected: restic's exit code 3 (a snapshot was made, some files could not be read) is either passed on or repeated
# until it gets better; a repetition replaces what it repeats.
# Seen: runrestic 0.5.31 with `retry_count = 2` and restic 0.18.0 repeats every exit code but 0. With one file that the
# user may not read each of the three tries adds a snapshot. runrestic itself exits with 1, not with 3.
# So: behind such a wrapper exit code 1 does not mean that there is no snapshot, and several snapshots within a minute
# can be one run. Count a night's snapshots by their times, not as so many backups.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

venv=$(pypi runrestic==0.5.31)
restic=$(debian trixie restic '0.18.0-*')/usr/bin/restic
mkdir "$work/photos" "$work/bin"
echo picture >"$work/photos/1.jpg"
install --mode 000 /dev/null "$work/photos/private.jpg"
# runrestic starts the `restic` on PATH: this one, which is not root
printf '#!/bin/sh\nexec %s "$@"\n' "${as_user[*]} $restic" >"$work/bin/restic"
chmod +x "$work/bin/restic"
export PATH=$work/bin:$PATH RESTIC_REPOSITORY=$work/mine/repository RESTIC_CACHE_DIR=$work/mine/cache
cat >"$work/runrestic.toml" <<END
name = "finding"
repositories = ["$RESTIC_REPOSITORY"]
environment = {RESTIC_PASSWORD = "$RESTIC_PASSWORD"}
execution = {retry_count = 2}
backup = {sources = ["$work/photos"]}
prune = {keep-last = 10}
END
snapshots() { restic snapshots --json | json 'len(d)'; }

restic init --quiet
try restic backup --quiet "$work/photos"
expect "restic 0.18.0 with one unreadable file, exit code" "$code" 3
expect "snapshots" "$(snapshots)" 1
try "$venv/bin/runrestic" --config "$work/runrestic.toml" backup
expect "runrestic 0.5.31, exit code of one backup" "$code" 1
expect "snapshots" "$(snapshots)" 4
