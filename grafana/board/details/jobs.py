"""The row about the runs of jobs."""

from board.panels import About, Column, Line, lines, most, rows, timeline
from board.query import age, milliseconds, series
from board.states import LOOKS, UNKNOWN
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.runs import Outcome
from immich_backup_exporter.metrics import catalog as c

from .placing import HALF, JOB, Placed

_OUTCOMES = {
    Outcome.SUCCESS: (0, Message("board.run_success"), "green"),
    Outcome.INTERRUPTED: (1, Message("board.run_interrupted"), "blue"),
    Outcome.PARTIAL: (3, Message("board.run_partial"), "orange"),
    Outcome.FAILED: (4, Message("board.run_failed"), "red"),
    Outcome.CRASHED: (5, Message("board.run_crashed"), "dark-red"),
    Outcome.SKIPPED: (6, Message("board.run_skipped"), "blue"),
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
                title=Message("board.how_the_last_run_ended"),
                description=Message("board.how_the_last_run_ended_help"),
                runbooks=("JobFailed", "JobCrashed", "JobPartial", "JobInterrupted", "JobSucceededWithoutSnapshot"),
            ),
            ((f"\nor on ({by})\n".join((*ended, expected)), JOB),),
            texts | {_NO_RUN: (Message("board.no_run"), LOOKS[UNKNOWN].colour)},
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title=Message("board.duration_of_the_last_run"),
                description=Message("board.duration_of_the_last_run_help"),
                runbooks=("JobOverrunning",),
            ),
            "s",
            Line(expression=series(c.JOB_LAST_DURATION), name=JOB),
            Line(expression=age(c.JOB_RUNNING_SINCE), name=Message("board.at_work", job=JOB)),
            most(series(c.JOB_MAX_DURATION), JOB),
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title=Message("board.runs_per_day_by_outcome"),
                description=Message("board.runs_per_day_by_outcome_help"),
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
                title=Message("board.jobs"),
                description=Message("board.jobs_help"),
                runbooks=("JobOverdue", "JobFailed"),
            ),
            ("instance", "job_name", "kind", "repository", "plan"),
            Column(expression=series(c.JOB_INFO)),
            Column(expression=milliseconds(c.JOB_LAST_END), header=Message("board.last_end"), unit="dateTimeAsIso"),
            Column(
                expression=milliseconds(c.JOB_LAST_SUCCESS),
                header=Message("board.last_success"),
                unit="dateTimeFromNow",
            ),
            Column(expression=series(c.JOB_LAST_EXIT_CODE), header=Message("board.exit_code")),
            Column(expression=series(c.JOB_CONSECUTIVE_FAILURES), header=Message("board.failures"), unit="short"),
            Column(
                expression=series(c.JOB_LAST_UNREADABLE_FILES),
                header=Message("board.unreadable_files"),
                unit="short",
            ),
            Column(expression=series(c.JOB_RUNNING), header=Message("board.at_work_column"), unit="bool_yes_no"),
        ),
        HALF,
    )
