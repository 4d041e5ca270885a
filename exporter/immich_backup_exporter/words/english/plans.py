"""The backups of a plan."""

TEXTS = {
    "age": "The newest complete backup is {age} old.",
    "age_and_limit": "The newest complete backup is {age} old; the limit is {limit}.",
    "ambiguous": (
        "{hosts:# machine backs|# machines back} up as this plan: while one works, the others can stop unnoticed."
    ),
    "ambiguous_step": "Give each machine a plan of its own, with `host`.",
    "complete_backup": "There is a complete backup, of {time}.",
    "container_hosts": (
        "The snapshots have {hosts:# host name|# host names} that are ids of containers: each new container gets another one. "
        "`restic forget` keeps the last snapshots of each host, so it keeps all of them."
    ),
    "container_hosts_step": "Give restic a fixed host name: `--host`, `RESTIC_HOST`, or `hostname:` in compose.",
    "expected_by": "One is expected by {time}.",
    "expected_for": "It has been expected for {wait}.",
    "expected_now": "This check cannot remember since when a backup is expected, so it does not wait for one.",
    "external_proven": "{assets:# asset of external libraries was|# assets of external libraries were} looked for.",
    "external_unproven": "{assets:# asset lies|# assets lie} in external libraries that no plan is declared to hold.",
    "external_unproven_step": "Say in `immich.external` where they are backed up, or `external: ignore`.",
    "files": "{files:# file|# files}",
    "files_of_the_usual": "{files:# file|# files} ({share})",
    "history": "The oldest snapshot is {age} old; `min_history` asks for {wanted}.",
    "history_step": "See what `restic forget` is told to keep.",
    "holds": "The newest snapshot holds {what}.",
    "holds_in_files": "The newest snapshot holds {size} in {files}.",
    "holds_not_known": "How much the newest snapshot holds is not known yet.",
    "in_future": (
        "{snapshots:# snapshot is|# snapshots are} dated in the future, by a clock that was ahead; "
        "{snapshots:it counts as fresh only when its|they count as fresh only when their} time has come."
    ),
    "in_future_step": "Set the clock of the machine that made them; forget them, or name them in `ignore_snapshots`.",
    "job_at_work": "A job is at work.",
    "matches_nothing_step": (
        "Correct `host`, `tags`, `paths` or `backed_up_as` of this plan; `immich-backup-exporter config check --probe` "
        "shows what it selects."
    ),
    "matches_some": "{snapshots:# snapshot is|# snapshots are} this plan's.",
    "never_succeeded_step": "Run the backup once by hand, and see that this plan takes its snapshots.",
    "no_complete_backup_yet": "There is no complete backup yet.",
    "none_in_future": "No snapshot is dated in the future.",
    "one_machine": "At most one machine backs up as this plan.",
    "repository_not_read": "The repository has not been read yet.",
    "repository_not_read_step": "See what is said of the repository.",
    "run_under_way_step": "Wait for the run to end.",
    "size": "{size}",
    "size_of_the_usual": "{size} ({share} of the usual)",
    "small_step": (
        "See whether a disk was not mounted when it ran. If it was intended, run "
        "`immich-backup-exporter accept --plan {repository}/{plan}`."
    ),
    "snapshots": "{snapshots:# snapshot|# snapshots}.",
    "snapshots_and_usual": "{snapshots:# snapshot|# snapshots}, usually {usual:,}.",
    "stale_step": "Look at what the backup job last said, and run it.",
    "vanished": (
        "{snapshots:# snapshot is|# snapshots are} left, usually there are {usual:,}, and no job reported that it "
        "forgot the others."
    ),
    "vanished_step": (
        "Find out who deleted them. If it was intended, run `immich-backup-exporter accept --plan {repository}/{plan}`."
    ),
}
