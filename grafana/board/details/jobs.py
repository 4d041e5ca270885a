"""The row about the runs of jobs."""

from board.panels import About, Column, Line, lines, most, rows, timeline
from board.query import age, milliseconds, series
from board.states import LOOKS, UNKNOWN
from immich_backup_exporter.domain.runs import Outcome
from immich_backup_exporter.metrics import catalog as c

from .placing import HALF, JOB, Placed

_OUTCOMES = {
    Outcome.SUCCESS: (0, "✔ success", "green"),
    Outcome.INTERRUPTED: (1, "… interrupted", "blue"),
    Outcome.PARTIAL: (3, "▲ partial", "orange"),
    Outcome.FAILED: (4, "✖ failed", "red"),
    Outcome.CRASHED: (5, "✖ crashed", "dark-red"),
}
_NO_RUN = 2
OUTCOME = 'outcome="{}"'


def row() -> Placed:
    by = "job, instance, job_name"
    ended = [
        f"{number} * group by ({by}) ({series(c.JOB_LAST_OUTCOME, OUTCOME.format(outcome))} == 1)"
        for outcome, (number, _, _) in _OUTCOMES.items()
    ]
    expected = f"{_NO_RUN} * group by ({by}) ({series(c.JOB_EXPECTED_SINCE)})"
    texts = {number: (text, colour) for number, text, colour in _OUTCOMES.values()}
    yield (
        timeline(
            About(
                title="How the last run ended",
                description="By the reports of the runs. No run: none was ever reported.",
                runbooks=("JobFailed", "JobCrashed", "JobPartial", "JobInterrupted", "JobSucceededWithoutSnapshot"),
            ),
            ((f"\nor on ({by})\n".join((*ended, expected)), JOB),),
            texts | {_NO_RUN: ("? no run", LOOKS[UNKNOWN].colour)},
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title="Duration of the last run",
                description="How long it took, what is at work now, and what the job may take.",
                runbooks=("JobOverrunning",),
            ),
            "s",
            Line(expression=series(c.JOB_LAST_DURATION), name=JOB),
            Line(expression=age(c.JOB_RUNNING_SINCE), name=f"{JOB}, at work"),
            most(series(c.JOB_MAX_DURATION), JOB),
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title="Runs per day by outcome",
                description="Every run that was reported, by how it ended.",
                runbooks=("JobFailed", "JobOverdue"),
            ),
            "short",
            Line(
                expression=f"sum by (job_name, outcome) (increase({series(c.JOB_RUNS)}[1d]))",
                name="{{job_name}} {{outcome}}",
            ),
            bars=True,
            interval="1d",
        ),
        HALF,
    )
    yield (
        rows(
            About(
                title="Jobs",
                description="What each job did last. Failures: in a row, up to now.",
                runbooks=("JobOverdue", "JobFailed"),
            ),
            {
                "instance": "Exporter",
                "job_name": "Job",
                "kind": "Kind",
                "repository": "Repository",
                "plan": "Plan",
            },
            Column(expression=series(c.JOB_INFO)),
            Column(expression=milliseconds(c.JOB_LAST_END), header="Last end", unit="dateTimeAsIso"),
            Column(expression=milliseconds(c.JOB_LAST_SUCCESS), header="Last success", unit="dateTimeFromNow"),
            Column(expression=series(c.JOB_LAST_EXIT_CODE), header="Exit code"),
            Column(expression=series(c.JOB_CONSECUTIVE_FAILURES), header="Failures", unit="short"),
            Column(expression=series(c.JOB_LAST_UNREADABLE_FILES), header="Unreadable files", unit="short"),
            Column(expression=series(c.JOB_RUNNING), header="At work", unit="bool_yes_no"),
        ),
        HALF,
    )
