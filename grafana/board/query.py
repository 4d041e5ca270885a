"""PromQL: selectors of the catalogue's metrics, each narrowed to what is chosen at the top of the dashboard."""

from immich_backup_exporter.metrics import catalog as c
from immich_backup_exporter.metrics.catalog import Metric

from . import alerts

TARGET = 'job=~"$job", instance=~"$instance"'
ON_TARGET = "on (job, instance)"
IS_CRITICAL, IS_WARNING, IS_INFO = (f'severity="{name}"' for name in ("critical", "warning", "info"))


def series(metric: Metric, *matchers: str) -> str:
    """A selector of one metric. What is about a repository or a plan obeys the choice of these, too."""
    chosen = [TARGET]
    if metric.labels[:1] == ("repository",):
        chosen.append('repository=~"$repository"')
    if metric.labels[:2] == ("repository", "plan"):
        chosen.append('plan=~"$plan"')
    return f"{metric.full_name}{{{', '.join((*chosen, *matchers))}}}"


def age(metric: Metric) -> str:
    """Seconds since a time."""
    return f"time() - {series(metric)}"


def milliseconds(metric: Metric) -> str:
    """A time as Grafana shows one."""
    return f"1000 * {series(metric)}"


def recently(metric: Metric, window: str = "1d") -> str:
    """The last value within a window, also of what is no longer there."""
    return f"last_over_time({series(metric)}[{window}])"


def of_the_exporter(name: str, window: str = "") -> str:
    """A metric that other programs have, too: only the exporters'. ``window``: with brackets."""
    return f"{name}{{{TARGET}}}{window}"


def firing(*matchers: str) -> str:
    """The alerts of this project that fire. One without a repository or plan fires whatever is chosen of these."""
    chosen = (
        f'alertname=~"{alerts.PREFIX}.+"',
        'alertstate="firing"',
        TARGET,
        'repository=~"$repository|"',
        'plan=~"$plan|"',
    )
    return f"ALERTS{{{', '.join((*chosen, *matchers))}}}"


RULES_LOADED = (
    # The watchdog has no labels of a target, so no panel can ask for it: a hidden variable does.
    f'label_replace(label_replace(vector(1), "rule", "{alerts.name("Watchdog")}", "", ""), "loaded", "yes", "rule", '
    '"$rules") and on (loaded) label_replace(vector(1), "loaded", "yes", "", "")'
)
NO_EXPORTER = f"absent({series(c.BUILD_INFO)})"
NO_EXPORTER_FOR_LONG = f"absent_over_time({series(c.BUILD_INFO)}[10m])"
