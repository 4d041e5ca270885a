import re
from collections import Counter

from immich_backup_exporter.metrics.catalog import CATALOG, Kind


def test_every_name_is_there_once() -> None:
    assert [name for name, count in Counter(metric.name for metric in CATALOG).items() if count > 1] == []


def test_names_follow_the_conventions_of_prometheus() -> None:
    assert [m.name for m in CATALOG if not re.fullmatch(r"[a-z][a-z0-9_]*", m.name)] == []
    assert [m.name for m in CATALOG if (m.kind is Kind.COUNTER) != m.name.endswith("_total")] == []
    assert [m.name for m in CATALOG if (m.kind is Kind.INFO) != m.name.endswith("_info")] == []
    assert [m.name for m in CATALOG if "timestamp" in m.name and not m.name.endswith("_timestamp_seconds")] == []


def test_every_metric_says_what_it_is() -> None:
    assert [m.name for m in CATALOG if not re.fullmatch(r"(restic |[A-Z0-9]).{8,}\.", m.help)] == []


def test_no_metric_carries_a_label_that_belongs_to_the_scrape() -> None:
    assert [m.name for m in CATALOG if {"job", "instance", "env", "cluster", "type"} & set(m.labels)] == []
