"""The ways in which the demo goes bad from the outside: what each is, and what was done."""

TEXTS = {
    "clock_wrong": "a backup is dated next week; it must not count as a fresh one for ever",
    "clock_wrong_done": "A backup into `nas` was made with a clock that was a week fast: it is dated {day}.",
    "corrupt_dump": "a bit in the newest dump flipped: it unpacks to garbage",
    "corrupt_dump_done": "One bit in the middle of {dump} was flipped; its size and time are as before.",
    "empty_folder": "the library's disk is not mounted, and the backup saved an empty folder",
    "empty_folder_done": (
        "Everything in {folder} was moved away, as if its disk was not mounted, and the backup ran all the "
        "same: restic found nothing wrong."
    ),
    "job_stopped": "no backup ran for four days, in neither repository",
    "job_stopped_done": (
        "The newest snapshots of both repositories were forgotten, as if no backup had run since {day}."
    ),
    "missing_dump": "Immich made no dump for three nights",
    "missing_dump_done": (
        "{gone:The newest dump was|The newest # dumps were} removed, as if Immich had made none since {newest}."
    ),
    "repository_gone": "a repository is not where it was",
    "repository_gone_done": "The folder of the repository `nas` was moved away from {folder}.",
    "same_repository": "the copy off-site is by mistake the very same repository",
    "same_repository_done": (
        "In {file} the repository `offsite` was given the folder of `nas`, as by a line that was copied and "
        "not changed: every backup seems to be there twice, and is there once."
    ),
    "small_backup": "an exclude too many: a backup without the photos, and no error",
    "small_backup_done": (
        "A backup into `nas` was made that excludes every folder but `profile`; restic calls it a success."
    ),
    "stale_lock": "a killed backup left its lock in the repository",
    "stale_lock_done": (
        "A backup into `nas` was killed and left its lock behind; the lock was dated {age} back. `restic "
        "unlock` would remove it; until then no `forget` or `prune` can run."
    ),
    "truncated_dump": "the newest dump is cut off",
    "truncated_dump_done": "{dump} lost its last 40 %, as after a power cut or on a full disk.",
    "unfinished_dump": "a dump that was never finished lies in the folder",
    "unfinished_dump_done": "{dump} was left behind, as by an Immich that was killed {age:ago}.",
    "wrong_password": "a repository's password changed, and the agent still has the old one",
    "wrong_password_done": (
        "Another password was written into the password file of `nas`, and the agent was told to read its "
        "configuration again (SIGHUP). Without that it would have noticed within a day: listing a repository "
        "needs no password."
    ),
}
