"""The lower part, for whoever was paged: a titled row for each subject. A new one: a function and a line in `ROWS`."""

from collections.abc import Callable, Iterator

from immich_backup_exporter.domain.runs import Outcome
from immich_backup_exporter.metrics import catalog as c
from immich_backup_exporter.metrics.catalog import Metric

from .panels import About, Column, Line, Panel, least, lines, most, rows, timeline, usual
from .query import ON_TARGET, age, of_the_exporter, series
from .states import LOOKS, OK, UNKNOWN

PLAN = "{{repository}} · {{plan}}"
REPOSITORY = "{{repository}}"
JOB = "{{job_name}}"
HALF, THIRD, FULL = 12, 8, 24

Placed = Iterator[tuple[Panel, int]]
"""Panels and their widths; those of one row stand side by side, and below when there is no room left."""


def _milliseconds(metric: Metric) -> str:
    """A time as Grafana shows it."""
    return f"1000 * {series(metric)}"


def backups() -> Placed:
    yield _newest_snapshots(), FULL
    yield (
        lines(
            About(
                title="Age of the newest complete backup",
                description="It grows until the next backup begins. Above the dashed line it is late.",
                runbooks=("Stale", "NeverSucceeded"),
            ),
            "s",
            Line(expression=age(c.LAST_SUCCESS), name=PLAN),
            most(series(c.PLAN_MAX_AGE), PLAN),
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title="Number of backups",
                description=(
                    "Snapshots of each plan that are in the repository, and how many are usual. A fall without a "
                    "`forget` that was reported is an alert. In the future: dated ahead of now by a wrong clock."
                ),
                runbooks=("SnapshotsVanished", "SnapshotsInFuture"),
            ),
            "short",
            Line(expression=series(c.SNAPSHOTS), name=PLAN),
            usual(series(c.SNAPSHOTS_BASELINE), PLAN),
            Line(expression=series(c.SNAPSHOTS_IN_FUTURE), name=f"{PLAN}, in the future"),
        ),
        HALF,
    )
    for title, unit, value, baseline in (
        ("Size per snapshot", "bytes", c.SNAPSHOT_SIZE, c.SNAPSHOT_SIZE_BASELINE),
        ("Files per snapshot", "short", c.SNAPSHOT_FILES, c.SNAPSHOT_FILES_BASELINE),
    ):
        yield (
            lines(
                About(
                    title=title,
                    description=(
                        "The newest snapshot as it would be restored, the median of up to 14 before it, and the least "
                        "that the plan lets pass: in the red band a backup is suspiciously small."
                    ),
                    runbooks=("SuspiciouslySmall",),
                ),
                unit,
                Line(expression=series(value), name=PLAN),
                usual(series(baseline), PLAN),
                least(f"{series(baseline)} * {series(c.PLAN_MIN_SIZE_RATIO)}", PLAN),
            ),
            HALF,
        )
    yield (
        lines(
            About(
                title="Added per snapshot",
                description=(
                    "What the newest snapshot added to the repository, after deduplication and compression. Nothing "
                    "added for days, while photos arrive: the backup may read another folder."
                ),
                runbooks=("SuspiciouslySmall",),
            ),
            "bytes",
            Line(expression=series(c.SNAPSHOT_ADDED), name=PLAN),
            bars=True,
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title="Duration of a backup",
                description="How long making the newest snapshot took, as restic wrote it down.",
                runbooks=("JobOverrunning",),
            ),
            "s",
            Line(expression=series(c.SNAPSHOT_DURATION), name=PLAN),
        ),
        HALF,
    )


def _newest_snapshots() -> Panel:
    return rows(
        About(
            title="Newest snapshot of each plan",
            description=(
                "Complete or not. Change: against the snapshot before. Add `restic -r ... snapshots ID` to look closer."
            ),
            runbooks=("Stale", "SuspiciouslySmall", "PlanAmbiguous"),
        ),
        {
            "instance": "Exporter",
            "repository": "Repository",
            "plan": "Plan",
            "snapshot": "Snapshot",
            "hostname": "Host",
            "restic_version": "restic",
        },
        Column(expression=series(c.SNAPSHOT_INFO)),
        Column(expression=_milliseconds(c.SNAPSHOT_TIMESTAMP), header="Began", unit="dateTimeAsIso"),
        Column(expression=_milliseconds(c.LAST_SUCCESS), header="Last complete", unit="dateTimeFromNow"),
        Column(expression=series(c.PLAN_MAX_AGE), header="Limit", unit="s"),
        Column(expression=series(c.SNAPSHOT_SIZE), header="Size", unit="bytes"),
        Column(expression=series(c.SNAPSHOT_SIZE_DELTA), header="Change", unit="bytes"),
        Column(expression=series(c.SNAPSHOT_FILES), header="Files", unit="short"),
        Column(expression=series(c.SNAPSHOT_FILES_DELTA), header="Change in files", unit="short"),
        Column(expression=series(c.PLAN_HOSTS), header="Machines", unit="short"),
    )


def database_dumps() -> Placed:
    yield (
        lines(
            About(
                title="Size of the newest dump",
                description=(
                    "The newest finished dump, the median of up to 14 of its kind before it, and the least that is let "
                    "pass."
                ),
                runbooks=("DumpSuspiciouslySmall",),
            ),
            "bytes",
            Line(expression=series(c.DUMP_SIZE), name="newest"),
            usual(series(c.DUMP_SIZE_BASELINE), "size"),
            least(f"{series(c.DUMP_SIZE_BASELINE)} * {series(c.DUMP_MIN_SIZE_RATIO)}", "size"),
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title="Age of the newest dump",
                description="Of the newest that is known to be whole, and of the newest that is finished.",
                runbooks=("DumpStale", "DumpMissing"),
            ),
            "s",
            Line(expression=age(c.LAST_VALID_DUMP), name="whole"),
            Line(expression=age(c.DUMP_TIMESTAMP), name="finished"),
            most(series(c.DUMP_MAX_AGE), "age"),
        ),
        HALF,
    )
    yield (
        rows(
            About(
                title="Newest dump",
                description="The newest finished routine dump. Whole: read to its end, 1 yes, 0 it would not restore.",
                runbooks=("DumpInvalid", "DumpUnverified"),
            ),
            {
                "instance": "Exporter",
                "file": "File",
                "immich_version": "Immich",
                "postgres_version": "PostgreSQL",
            },
            Column(expression=series(c.DUMP_INFO)),
            Column(expression=_milliseconds(c.DUMP_TIMESTAMP), header="Finished", unit="dateTimeAsIso"),
            Column(expression=series(c.DUMP_SIZE), header="Size", unit="bytes"),
            Column(expression=series(c.DUMP_SIZE_DELTA), header="Change", unit="bytes"),
            Column(expression=series(c.DUMP_VALID), header="Whole", unit="bool_yes_no"),
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title="Number of dumps",
                description="Finished dumps that are there, and those that something is odd about.",
                runbooks=("DumpUnfinished", "DumpUnverified"),
            ),
            "short",
            Line(expression=series(c.DUMPS), name="finished"),
            Line(expression=series(c.DUMPS_UNVERIFIED), name="without a verdict for an hour"),
            Line(expression=series(c.DUMPS_UNFINISHED), name="never finished (.tmp)"),
            Line(expression=series(c.DUMPS_IN_FUTURE), name="dated in the future"),
        ),
        HALF,
    )
    yield (
        timeline(
            About(
                title="Folders of the library",
                description=(
                    "Whether Immich's marker file can be read in each folder. Missing: most likely a disk is not there."
                ),
                runbooks=("UploadLocationMissing",),
            ),
            ((series(c.UPLOAD_LOCATION_UP), "{{folder}}"),),
            {1: ("✔ there", LOOKS[OK].colour), 0: ("✖ missing", "red")},
        ),
        FULL,
    )


_OUTCOMES = {
    Outcome.SUCCESS: (0, "✔ success", "green"),
    Outcome.INTERRUPTED: (1, "… interrupted", "blue"),
    Outcome.PARTIAL: (3, "▲ partial", "orange"),
    Outcome.FAILED: (4, "✖ failed", "red"),
    Outcome.CRASHED: (5, "✖ crashed", "dark-red"),
}
_NO_RUN = 2
OUTCOME = 'outcome="{}"'


def scheduled_jobs() -> Placed:
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
            Column(expression=_milliseconds(c.JOB_LAST_END), header="Last end", unit="dateTimeAsIso"),
            Column(expression=_milliseconds(c.JOB_LAST_SUCCESS), header="Last success", unit="dateTimeFromNow"),
            Column(expression=series(c.JOB_LAST_EXIT_CODE), header="Exit code"),
            Column(expression=series(c.JOB_CONSECUTIVE_FAILURES), header="Failures", unit="short"),
            Column(expression=series(c.JOB_LAST_UNREADABLE_FILES), header="Unreadable files", unit="short"),
            Column(expression=series(c.JOB_RUNNING), header="At work", unit="bool_yes_no"),
        ),
        HALF,
    )


def repositories() -> Placed:
    failing = f"2 * ({series(c.REPOSITORY_FAILURE)} == 1)"
    unknown = f"3 * group by (job, instance, repository) ({series(c.REPOSITORY_EXPECTED_SINCE)})"
    yield (
        timeline(
            About(
                title="Whether they can be read",
                description=(
                    "Listed in the last poll, and opened by restic when last asked. A failing one has a row for each "
                    "reason; `troubleshooting` in the documentation tells the mends."
                ),
                runbooks=("RepositoryUnreachable", "RepositoryAccessDenied"),
            ),
            (
                (
                    f"{series(c.REPOSITORY_UP)}\nor on (job, instance, repository)\n{unknown}",
                    REPOSITORY,
                ),
                (failing, f"{REPOSITORY}: {{{{reason}}}}"),
            ),
            {
                1: ("✔ readable", LOOKS[OK].colour),
                0: ("✖ not readable", "red"),
                2: ("✖ failing", "red"),
                3: (f"? {LOOKS[UNKNOWN].word}", LOOKS[UNKNOWN].colour),
            },
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title="Growth",
                description="What each repository stores, as it is and before compression; asked once a day at most.",
                runbooks=("SnapshotsVanished",),
            ),
            "bytes",
            Line(expression=series(c.REPOSITORY_SIZE), name=REPOSITORY),
            Line(expression=series(c.REPOSITORY_UNCOMPRESSED_SIZE), name=f"{REPOSITORY}, uncompressed"),
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title="Snapshots in it",
                description="Of all plans and of none. Unreadable: listed, and restic did not return them.",
                runbooks=("SnapshotsVanished",),
            ),
            "short",
            Line(expression=series(c.REPOSITORY_SNAPSHOTS), name=REPOSITORY),
            Line(expression=series(c.REPOSITORY_UNREADABLE_SNAPSHOTS), name=f"{REPOSITORY}, unreadable"),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title="Locks",
                description="Somebody is at work in the repository, or was killed there.",
                runbooks=("RepositoryLockStale",),
            ),
            "short",
            Line(expression=series(c.REPOSITORY_LOCKS), name=REPOSITORY),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title="Age of the oldest lock",
                description=(
                    "Since it was last refreshed, at the last poll that worked. A living restic does so every 5 "
                    "minutes; after half an hour nobody holds it any more."
                ),
                runbooks=("RepositoryLockStale",),
            ),
            "s",
            Line(
                expression=f"{series(c.REPOSITORY_LAST_POLL_SUCCESS)} - {series(c.REPOSITORY_OLDEST_LOCK)}",
                name=REPOSITORY,
            ),
        ),
        THIRD,
    )
    yield (
        timeline(
            About(
                title="Result of the last check",
                description="What the last reported `restic check` of each scope found.",
                runbooks=("RepositoryCheckFailed",),
            ),
            ((series(c.REPOSITORY_CHECK_SUCCESS), f"{REPOSITORY}: {{{{scope}}}}"),),
            {1: ("✔ passed", LOOKS[OK].colour), 0: ("✖ damage", "red")},
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title="Age of the last check",
                description="Since it was declared, where none was ever reported.",
                runbooks=("RepositoryCheckOverdue",),
            ),
            "s",
            Line(expression=age(c.REPOSITORY_CHECK_TIMESTAMP), name=f"{REPOSITORY}: {{{{scope}}}}"),
            Line(
                expression=(
                    f"({age(c.REPOSITORY_EXPECTED_SINCE)}) and {series(c.REPOSITORY_CHECK_MAX_AGE)} "
                    f"unless ignoring (scope) {series(c.REPOSITORY_CHECK_TIMESTAMP)}"
                ),
                name=f"{REPOSITORY}: none yet",
            ),
            most(series(c.REPOSITORY_CHECK_MAX_AGE), REPOSITORY),
        ),
        HALF,
    )


def exporter() -> Placed:
    ours = f"and {ON_TARGET} {series(c.BUILD_INFO)}"
    yield (
        lines(
            About(
                title="Time since the last poll",
                description="Of each repository, by the exporter's own clock. At five intervals it has stalled.",
                runbooks=("PollStalled",),
            ),
            "s",
            Line(
                expression=f"{ON_CLOCK} {series(c.REPOSITORY_LAST_POLL)}",
                name=REPOSITORY,
            ),
            most(f"5 * {series(c.REPOSITORY_POLL_INTERVAL)}", REPOSITORY),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title="Duration of a poll",
                description="How long the last poll of each repository took.",
                runbooks=("PollStalled", "RepositoryUnreachable"),
            ),
            "s",
            Line(expression=series(c.REPOSITORY_POLL_DURATION), name=REPOSITORY),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title="Polls per hour",
                description="How often each repository was looked at, and how often that failed.",
                runbooks=("RepositoryUnreachable",),
            ),
            "short",
            Line(expression=f"3600 * rate({series(c.REPOSITORY_POLLS)}[$__rate_interval])", name=REPOSITORY),
            Line(
                expression=f"3600 * rate({series(c.REPOSITORY_POLL_FAILURES)}[$__rate_interval])",
                name=f"{REPOSITORY}, failed",
            ),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title="restic processes per hour",
                description="What polling costs: in a cloud each is billed requests. Outcomes: success, or why not.",
            ),
            "short",
            Line(
                expression=(
                    "3600 * sum by (repository, command, outcome) "
                    f"(rate({series(c.RESTIC_COMMANDS)}[$__rate_interval]))"
                ),
                name=f"{REPOSITORY} {{{{command}}}}: {{{{outcome}}}}",
            ),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title="Time in restic",
                description="The share of the time in which a restic process of the exporter runs.",
            ),
            "percentunit",
            Line(
                expression=(
                    f"sum by (repository, command) (rate({series(c.RESTIC_COMMAND_SECONDS)}[$__rate_interval]))"
                ),
                name=f"{REPOSITORY} {{{{command}}}}",
            ),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title="Memory",
                description="Resident memory of the exporter, without the restic processes that it starts.",
                runbooks=("ExporterRestarting",),
            ),
            "bytes",
            Line(expression=f"{of_the_exporter('process_resident_memory_bytes')} {ours}", name="{{instance}}"),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title="Processor",
                description="Share of one core that the exporter itself uses.",
            ),
            "percentunit",
            Line(
                expression=(f"rate({of_the_exporter('process_cpu_seconds_total', '[$__rate_interval]')}) {ours}"),
                name="{{instance}}",
            ),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title="Clocks",
                description="How far the exporter's clock and that of Prometheus are apart: ages are wrong by it.",
                runbooks=("ClockSkew",),
            ),
            "s",
            Line(expression=f"abs(timestamp({series(c.TIME)}) - {series(c.TIME)})", name="{{instance}}"),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title="Own failures",
                description="Writes to the state store that failed, and whether the last configuration was refused.",
                runbooks=("StateNotWritable", "ConfigReloadFailed"),
            ),
            "short",
            Line(expression=f"increase({series(c.STATE_WRITE_FAILURES)}[$__rate_interval])", name="failed writes"),
            Line(expression=f"1 - {series(c.RELOAD_SUCCESSFUL)}", name="configuration refused"),
        ),
        THIRD,
    )
    yield (
        rows(
            About(
                title="Exporters",
                description="What runs where. State since: when its memory was made; new if it was lost.",
                runbooks=("ExporterDown",),
            ),
            {"instance": "Exporter", "version": "Version", "revision": "Revision", "python": "Python"},
            Column(expression=series(c.BUILD_INFO)),
            Column(expression=_milliseconds(c.STATE_CREATED), header="State since", unit="dateTimeAsIso"),
            Column(
                expression=f"1000 * {of_the_exporter('process_start_time_seconds')} {ours}",
                header="Started",
                unit="dateTimeFromNow",
            ),
            Column(expression=_milliseconds(c.RELOAD_SUCCESS_TIMESTAMP), header="Configured", unit="dateTimeFromNow"),
        ),
        HALF,
    )
    yield (
        rows(
            About(
                title="Repositories",
                description="What they are, and when they were last reached.",
                runbooks=("RepositoryUnreachable",),
            ),
            {"instance": "Exporter", "repository": "Repository", "backend": "Backend"},
            Column(expression=series(c.REPOSITORY_INFO)),
            Column(
                expression=_milliseconds(c.REPOSITORY_LAST_POLL_SUCCESS), header="Last reached", unit="dateTimeFromNow"
            ),
            Column(
                expression=_milliseconds(c.REPOSITORY_LAST_OPEN_SUCCESS), header="Last opened", unit="dateTimeFromNow"
            ),
            Column(expression=series(c.REPOSITORY_OFFSITE), header="Off-site", unit="bool_yes_no"),
        ),
        HALF,
    )


ON_CLOCK = f"{series(c.TIME)} - ignoring (repository) group_right ()"

ROWS: tuple[tuple[str, Callable[[], Placed]], ...] = (
    ("Backups", backups),
    ("Database dumps and the library", database_dumps),
    ("Jobs", scheduled_jobs),
    ("Repositories", repositories),
    ("The exporter", exporter),
)
"""The titled rows, from above."""
