#!/usr/bin/env bash
# The id in `original` of a restic snapshot is sometimes the first of a chain and sometimes the last before it.
#
# Expected: a snapshot that was changed several times carries the id of the very first one, or always that of its
# direct predecessor.
# Seen: restic 0.18.0 keeps the first id through any number of `tag` calls, but `rewrite` puts the id of the snapshot
# that it replaces there, whatever `original` that one had; `copy` keeps what it finds. So `original` can name a
# snapshot that was never in this repository, or was removed from it in the same call.
# So: to know which snapshots are the same backup, follow a chain and remember the ids of snapshots that are gone.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

restic=$(debian trixie restic '0.18.0-*')/usr/bin/restic
mkdir "$work/photos"
touch "$work/photos/"{1,2,3}.jpg
export RESTIC_REPOSITORY=$work/repository
id() { "$restic" snapshots --json | json "d[-1]['id']"; }
original() { "$restic" snapshots --json | json "d[-1].get('original', 'none')"; }

"$restic" init --quiet
"$restic" backup --quiet "$work/photos"
first=$(id)
expect "after backup, original is" "$(original)" none
"$restic" tag --quiet --add one latest
"$restic" tag --quiet --add two latest
tagged=$(id)
expect "after two calls of tag, original is the first id" "$([[ $(original) == "$first" ]] && echo yes)" yes
"$restic" rewrite --quiet --forget --exclude 1.jpg latest >"$work/out"
rewritten=$(id)
expect "after rewrite, original is the id that it replaced" "$([[ $(original) == "$tagged" ]] && echo yes)" yes
"$restic" rewrite --quiet --forget --exclude 2.jpg latest >"$work/out"
expect "after a second rewrite, original is the id of the first rewrite" \
  "$([[ $(original) == "$rewritten" ]] && echo yes)" yes

"$restic" init --quiet --repo "$work/copies"
RESTIC_FROM_PASSWORD=$RESTIC_PASSWORD "$restic" copy --quiet --repo "$work/copies" --from-repo "$work/repository"
RESTIC_REPOSITORY=$work/copies
expect "after copy, original in the other repository is the same" \
  "$([[ $(original) == "$rewritten" ]] && echo yes)" yes
