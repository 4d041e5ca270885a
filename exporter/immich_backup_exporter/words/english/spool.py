"""What the log says of the folder that reports of runs are put into."""

TEXTS = {
    "every_job": "every reported job's name",
    "every_report": "every report",
    "hangs": "the spool folder did not answer within {limit}.",
    "hangs_step": "Look at the disk or network mount that it is on.",
    "job": "`{name}`",
    "reading": "reading it",
    "rejected": "{reports:# of its reports is|# of its reports are} not believed; {name}: {sentence}",
    "source": "spool",
    "undeclared": "it holds reports of {jobs}, which no job declares.",
    "undeclared_many": "it holds reports of {jobs} and {more:,} more, which no job declares.",
    "undeclared_step": "Declare it under `jobs`, or call it in `--job` as it is declared; its reports are kept.",
}
