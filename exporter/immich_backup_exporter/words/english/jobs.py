"""Backup jobs and their runs."""

TEXTS = {
    "at_work": "It has been at work for {duration}; the limit is {limit}.",
    "crashed": "crashed",
    "crashed_step": "See whether its machine went down or was out of memory, then run it.",
    "ended_partially": "ended partially",
    "failed": "failed",
    "failed_step": "Look at what it said, fix that, and run it.",
    "failures": "It is number {number} in a row.",
    "few_enough": "The plan allows so many.",
    "first_run_under_way": "A run is under way; no run has ended since it was declared at {since}.",
    "interrupted_step": "Run it again, unless its next run is soon.",
    "last_end": "The last reported end is {age:ago}; one is due every {limit}.",
    "last_run": "The last run {ending}.",
    "last_run_ended": "The last run {ending}, {age:ago}.",
    "no_end": "No end was reported since it was expected, {age:ago}; one is due every {limit}.",
    "no_run_yet": "No run has ended since it was declared at {since}.",
    "no_snapshot": (
        "Its last successful run left no snapshot of its plan in the repository, and did not say that nothing had "
        "changed."
    ),
    "no_snapshot_step": (
        "See into which repository it backs up, whether its plan selects these snapshots, and whether its script hides "
        "a failure. With `--skip-if-unchanged`, report it with `record --unless-changed`."
    ),
    "not_at_work": "It is not at work.",
    "not_complete": "It does not count as a complete backup.",
    "only_skipped": "Every run since it was declared at {since} was skipped: nothing was tried.",
    "overdue_step": "See whether its timer runs, and whether its reports arrive.",
    "overrunning_step": "See whether it still does something; end it if it hangs.",
    "partial_step": ("See in its output which files, and let it read them; or set the plan's `max_unreadable_files`."),
    "restored_nothing": "restic restored nothing, since no path matched.",
    "restored_nothing_step": "Compare the paths that it includes with `restic ls latest`, and run it.",
    "skipped_paths": "{paths:# path that it is to back up does not exist|# paths that it is to back up do not exist}.",
    "skipped_paths_step": "See whether a disk is mounted at that path; if the path is no more, take it out of the job.",
    "skipped_since": "The job was skipped since: nothing was tried.",
    "snapshot": "Its last successful run left a snapshot, or nothing had changed.",
    "snapshot_not_known": "Whether a snapshot followed is not known.",
    "succeeded": "succeeded",
    "unreadable_files": "{files:# file|# files} could not be read.",
    "unremoved_snapshots": "restic could not remove {snapshots:# snapshot|# snapshots}.",
    "unremoved_some": "restic could not remove some snapshots.",
    "unremoved_step": (
        "See in its output why: an append-only server refuses it, or the user may not delete files there. Let a user "
        "who may delete run `restic forget`."
    ),
    "was_interrupted": "was interrupted",
    "was_skipped": "was skipped",
}
