"""What the simulated years stand on: time that jumps, series at their true times, alerts by run length."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from immich_backup_exporter.metrics import catalog
from immich_backup_exporter.metrics.subject import Sample
from support.facts import NOW, hours_ago, snapshot, snapshot_id
from support.years import clock
from support.years.clock import SiteClock, utc
from support.years.faults import KINDS
from support.years.habits import Keep, daily, weekly
from support.years.prometheus import _fired, _joined, load_rules
from support.years.recorder import Recorder
from support.years.site import kept
from support.years.styles import STYLES
from support.years.truth import cases

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3600


def test_a_year_of_waiting_takes_no_time() -> None:
    async def story() -> float:
        await asyncio.sleep(365 * 86400)
        return asyncio.get_running_loop().time()

    assert clock.run(story) == pytest.approx(365 * 86400)


def test_everybody_waiting_for_nothing_is_an_error() -> None:
    async def story() -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="nothing is left to happen"):
        clock.run(story)


# --- alerts


def test_an_alert_fires_once_its_condition_held_for_its_whole_for() -> None:
    assert list(_fired(range(0, 301, 60), 300, 0, HOUR)) == [(300, 360)]


def test_a_condition_that_ends_a_minute_early_raises_nothing() -> None:
    assert list(_fired(range(0, 300, 60), 300, 0, HOUR)) == []


def test_a_minute_without_the_condition_begins_the_for_anew() -> None:
    assert list(_fired([0, 60, 120, 240, 300, 360], 180, 0, HOUR)) == []


def test_an_alert_is_kept_while_its_condition_is_away_for_a_moment() -> None:
    moments = [*range(0, 361, 60), *range(720, 901, 60)]
    assert list(_fired(moments, 300, 900, HOUR)) == [(300, 900 + 60 + 900)]


def test_an_alert_whose_condition_stays_away_begins_its_for_anew() -> None:
    moments = [*range(0, 361, 60), *range(1800, 2041, 60)]
    assert list(_fired(moments, 300, 900, HOUR)) == [(300, 360 + 60 + 900)]


def test_an_alert_that_fires_at_the_end_is_not_over() -> None:
    assert list(_fired(range(0, HOUR, 60), 300, 900, HOUR)) == [(300, None)]


def test_every_minute_is_asked_for_around_each_answer() -> None:
    assert _joined([900, 1800, 9000], 900) == [(0, 2700), (8100, 9900)]


def test_the_rules_are_read_with_their_times() -> None:
    down = next(rule for rule in load_rules() if rule.alert == "ImmichBackupExporterDown")
    assert (down.severity, down.hold, down.keep) == ("critical", 600, 900)


# --- series

START = utc("2025-01-01 00:00")


def recorded(path: Path, *expressions: str) -> list[str]:
    """An agent serves a time, changes it after ten minutes, goes after an hour, and comes back after two."""

    async def story() -> None:
        recorder = Recorder(SiteClock(START), START, expressions)
        recorder.process_began()
        for value, seconds in ((1.0, 600), (2.0, HOUR - 600)):
            samples = [Sample(catalog.LAST_SUCCESS, ("nas", "immich"), value)]
            samples.append(Sample(catalog.REPOSITORY_FAILURE, ("nas", "timeout"), value))
            recorder.publish(None, {"nas": samples}, keep={"nas"})  # type: ignore[arg-type]  # it looks at no state
            await asyncio.sleep(seconds)
        recorder.process_ended()
        await asyncio.sleep(HOUR)
        recorder.write(path, START + timedelta(hours=2))

    clock.run(story)
    return [line for line in path.read_text().splitlines() if 'repository="nas"' in line]


def test_a_series_is_written_at_its_changes_and_ends_when_a_query_must_cease_to_find_it(tmp_path: Path) -> None:
    lines = recorded(tmp_path / "series", "time() - immich_backup_last_success_timestamp_seconds > 1")
    begin = int(START.timestamp())
    series = 'immich_backup_last_success_timestamp_seconds{job="b",instance="n",repository="nas",plan="immich"}'
    assert lines == [
        f"{series} 1.0 {begin}",
        f"{series} 2.0 {begin + 600}",
        f"{series} 2.0 {begin + 600 + 890}",
        f"{series} 2.0 {begin + 600 + 1780}",
        f"{series} 2.0 {begin + HOUR - 901}",
    ]


def test_only_what_a_rule_selects_is_written(tmp_path: Path) -> None:
    assert recorded(tmp_path / "series", 'immich_backup_repository_failure{reason="not_found"} == 1') == []
    assert recorded(tmp_path / "other", 'immich_backup_repository_failure{reason=~"not_found|timeout"} == 1') != []


# --- the world


def test_a_schedule_follows_local_time_over_the_change_of_summer_time() -> None:
    times = [daily("02:30").on(datetime(2025, 3, day, tzinfo=UTC).date(), BERLIN) for day in (29, 31)]
    assert times == [[utc("2025-03-29 01:30")], [utc("2025-03-31 00:30")]]
    assert weekly(5, "22:00").on(datetime(2025, 3, 28, tzinfo=UTC).date(), BERLIN) == []


def test_forget_keeps_the_newest_of_so_many_days() -> None:
    group = [snapshot(number, hours=12.0 * number) for number in range(6)]
    assert kept(group, Keep(last=1, daily=2), ZoneInfo("UTC")) == {snapshot_id(0), snapshot_id(2)}
    assert group[0].time == NOW
    assert group[2].time == hours_ago(24)


# --- kinds and styles


def test_every_kind_of_fault_happens_in_some_style_and_is_described() -> None:
    assert {kind.name for kind in KINDS} == {case.kind for case in cases(6)}
    assert [kind.name for kind in KINDS if not kind.make.__doc__] == []


def test_there_are_200_faults_and_a_third_of_them_is_harmless() -> None:
    drawn = cases(6)
    assert len(drawn) >= 200
    assert sum(not case.harmful for case in drawn) >= 60


def test_there_are_ten_styles_of_use() -> None:
    assert len({style.name for style in STYLES}) == 10
