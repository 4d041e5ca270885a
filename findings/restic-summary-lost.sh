#!/usr/bin/env bash
# An older restic that only tags a snapshot erases the summary that a newer one wrote into it.
#
# Expected: `restic tag` changes the tags. What it does not know it hands on.
# Seen: restic 0.18.0 writes counts, sizes and times of the run into the snapshot (`summary`). After `tag --add` by
# 0.14.0 the snapshot has neither `summary` nor `program_version`, for 0.18.0 too: tag writes the snapshot anew from
# the fields that this version knows. Nothing warns, and the repository's format does not keep 0.14.0 out.
# So: a snapshot's summary can vanish later, and with it the only record of how long the run took and what it added.
# Keep what was read once, by the snapshot's id and `original`, and expect both kinds side by side.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

old=$(debian bookworm restic '0.14.0-*')/usr/bin/restic
new=$(debian trixie restic '0.18.0-*')/usr/bin/restic
mkdir "$work/photos"
echo picture >"$work/photos/1.jpg"
export RESTIC_REPOSITORY=$work/repository
known() { "$new" snapshots --json | json "[name for name in ('summary', 'program_version', 'tags') if name in d[0]]"; }

"$new" init --quiet
"$new" backup --quiet "$work/photos"
expect "restic 0.18.0 after its own backup" "$(known)" "['summary', 'program_version']"
"$new" tag --quiet --add kept latest
expect "restic 0.18.0 after its own tag" "$(known)" "['summary', 'program_version', 'tags']"
"$old" tag --quiet --add old latest
expect "restic 0.18.0 after the tag of 0.14.0" "$(known)" "['tags']"
