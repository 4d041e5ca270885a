"""What the log says of jobs and their runs."""

TEXTS = {
    "crashed": "the run has crashed: it gave no sign of life any more and reported no end.",
    "defect": "an unexpected {kind}.",
    "defect_step": "Please report it.",
    "ended": "the run {outcome}{code}{files}.",
    "exit_code": " with exit code {code}",
    "failed": "failed",
    "interrupted": "was interrupted",
    "job": "job {name}",
    "jobs": "the jobs",
    "partial": "ended partially",
    "reading_reports": "reading run reports",
    "skipped": "was skipped: it tried nothing",
    "succeeded": "succeeded",
    "unreadable_files": "; {files:# file was|# files were} unreadable",
}
