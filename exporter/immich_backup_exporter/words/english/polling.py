"""What the log says of polling repositories."""

TEXTS = {
    "accepted": "plan {plan}: what there is now was accepted as usual.",
    "defect": "the agent failed with an unexpected {kind}.",
    "defect_step": "This is a defect of the agent; please report it with the log at --log.level=debug.",
    "every_snapshot": "every snapshot",
    "not_returned": "restic did not return {snapshots:,} of the listed snapshots.",
    "not_returned_step": (
        "Run `restic snapshots` and `restic check`: a snapshot file may be damaged or unreadable for this user."
    ),
    "of_plan": "plan {plan}: {sentence}",
    "plan": "plan {plan}",
    "reading": "reading it",
    "repository": "repository {name}",
}
