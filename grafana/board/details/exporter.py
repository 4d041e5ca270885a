"""The row about the exporter itself: its polls and what they cost."""

from board.panels import About, Column, Line, lines, most, rows
from board.query import ON_TARGET, milliseconds, of_the_exporter, series
from immich_backup_exporter.metrics import catalog as c

from .placing import HALF, REPOSITORY, THIRD, Placed

_ON_CLOCK = f"{series(c.TIME)} - ignoring (repository) group_right ()"


def row() -> Placed:
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
                expression=f"{_ON_CLOCK} {series(c.REPOSITORY_LAST_POLL)}",
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
            Column(expression=milliseconds(c.STATE_CREATED), header="State since", unit="dateTimeAsIso"),
            Column(
                expression=f"1000 * {of_the_exporter('process_start_time_seconds')} {ours}",
                header="Started",
                unit="dateTimeFromNow",
            ),
            Column(expression=milliseconds(c.RELOAD_SUCCESS_TIMESTAMP), header="Configured", unit="dateTimeFromNow"),
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
                expression=milliseconds(c.REPOSITORY_LAST_POLL_SUCCESS), header="Last reached", unit="dateTimeFromNow"
            ),
            Column(
                expression=milliseconds(c.REPOSITORY_LAST_OPEN_SUCCESS), header="Last opened", unit="dateTimeFromNow"
            ),
            Column(expression=series(c.REPOSITORY_OFFSITE), header="Off-site", unit="bool_yes_no"),
        ),
        HALF,
    )
