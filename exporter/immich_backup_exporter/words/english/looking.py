"""Why something in a snapshot is not known, or not yet."""

TEXTS = {
    "damaged": "Reading it failed twice: part of it is damaged or gone. Run `restic check --read-data`.",
    "dump_of_plan": "The dump in the plan {plan}: {sentence}",
    "external": "the external library in the plan {plan}",
    "external_unproven": "the external library in the plan {plan} is not proven: {sentence}",
    "live_dump_slow": "The live dump could not be read within {limit}.",
    "locked": "Another process prunes or checks the repository; the agent looks into it after that.",
    "partner_damaged": "The database is in the plan {plan}, whose newest snapshot is damaged.",
    "partner_empty": "The database is in the plan {plan}, which has no snapshot yet.",
    "partner_unknown": "The database is in the plan {plan}, whose newest snapshot is not known yet.",
    "partner_without_dump": "The plan {plan} has no whole dump from before it.",
    "plan": "plan {plan}",
    "plan_unknown": "plan {plan}: {sentence}",
    "source": "looking into snapshots",
    "spent": (
        "The agent stopped looking into it: the limit of what it reads from the repository in a day "
        "(`inspect.max_bytes_per_day`) is reached."
    ),
}
