import asyncio
import gzip
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from immich_backup_exporter.domain.state import State
from immich_backup_exporter.metrics.catalog import CATALOG
from immich_backup_exporter.metrics.collector import agent_samples, immich_samples, jobs_samples, repository_samples
from immich_backup_exporter.metrics.exposition import Exposition
from support.facts import repository, snapshot
from support.fakes import HandClock
from support.states import EMPTY, FULL, FULL_PLAN, FULL_REPOSITORY

GOLDEN = Path(__file__).parent / "golden"


def exposition_of(state: State, into: Exposition | None = None) -> Exposition:
    exposition = into or Exposition(HandClock())
    sources = {facts.name: list(repository_samples(facts)) for facts in state.repositories}
    sources["immich"] = list(immich_samples(state))
    sources["jobs"] = list(jobs_samples(state))
    sources["agent"] = list(agent_samples(state.agent, offsite_required=True, python="3.11.7"))
    exposition.publish(state, sources, keep=sources.keys())
    return exposition


def text_of(exposition: Exposition) -> str:
    return asyncio.run(exposition.render(openmetrics=False, gzip=False)).decode()


def without_process(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if "process_" not in line)


@pytest.mark.parametrize(("name", "state"), [("full", FULL), ("empty", EMPTY)])
def test_the_text_is_to_the_letter_what_users_rely_on(name: str, state: State) -> None:
    golden = GOLDEN / f"{name}.txt"
    assert without_process(text_of(exposition_of(state))) == golden.read_text()


def test_when_everything_is_known_every_metric_of_the_catalog_is_there() -> None:
    text = text_of(exposition_of(FULL))
    assert [metric.full_name for metric in CATALOG if f"# TYPE {metric.full_name} " not in text] == []


def test_both_formats_hold_the_same_samples() -> None:
    exposition = exposition_of(FULL)
    text = text_of(exposition)
    openmetrics = asyncio.run(exposition.render(openmetrics=True, gzip=False)).decode()
    samples = [
        {
            (sample.name, *sorted(sample.labels.items()), sample.value)
            for family in families
            for sample in family.samples
        }
        for families in (parse_text(text), parse_openmetrics(openmetrics))
    ]
    differing = {entry[0] for entry in samples[0] ^ samples[1]}
    assert {name for name in differing if not name.startswith("process_")} == set()
    assert len(samples[0]) > 80
    assert openmetrics.endswith("# EOF\n")


def test_compressed_answers_are_one_gzip_member_and_hold_the_same() -> None:
    exposition = exposition_of(FULL)

    async def render() -> tuple[bytes, bytes, bytes]:
        return (
            await exposition.render(openmetrics=False, gzip=True),
            await exposition.render(openmetrics=False, gzip=True),
            await exposition.render(openmetrics=False, gzip=False),
        )

    first, second, plain = asyncio.run(render())
    assert without_process(gzip.decompress(first).decode()) == without_process(plain.decode())
    assert without_process(gzip.decompress(second).decode()) == without_process(plain.decode())
    assert first.count(b"\x1f\x8b\x08") == 1


def test_a_new_state_replaces_what_was_rendered_before() -> None:
    exposition = exposition_of(FULL)
    text_of(exposition)
    changed = replace(FULL_REPOSITORY, plans=(replace(FULL_PLAN, snapshots=999),))
    state = replace(FULL, repositories=(changed,))
    exposition.publish(state, {"nas": repository_samples(changed)}, keep=("nas", "immich", "agent"))
    assert 'immich_backup_snapshots{plan="immich",repository="nas"} 999.0' in text_of(exposition)
    assert 'immich_backup_repository_snapshots{repository="nas"} 31.0' in text_of(exposition)


def test_a_source_that_is_gone_leaves_no_series_behind() -> None:
    exposition = exposition_of(FULL)
    exposition.publish(replace(FULL, repositories=()), {}, keep=("immich", "agent"))
    assert "nas" not in text_of(exposition)
    assert "immich_backup_dump_valid 1.0" in text_of(exposition)


def test_the_agents_clock_and_ages_are_of_the_scrape() -> None:
    clock = HandClock()
    exposition = exposition_of(FULL, Exposition(clock))
    clock.advance(hours=1)
    text = text_of(exposition)
    assert 'immich_backup_last_success_age_seconds{plan="immich",repository="nas"} 39600.0' in text
    assert "immich_backup_exporter_time_seconds 1.7954388e+09" in text


def test_names_with_quotes_newlines_and_broken_bytes_never_break_a_scrape() -> None:
    hostile = snapshot(1, hostname='a"b\\c\nd\udcff')
    facts = replace(FULL_REPOSITORY, plans=(replace(FULL_PLAN, newest=hostile),))
    text = text_of(exposition_of(replace(FULL, repositories=(facts,))))
    (info,) = [line for line in text.splitlines() if line.startswith("immich_backup_snapshot_info{")]
    assert r'hostname="a\"b\\c\nd?"' in info


def test_two_repositories_share_one_header() -> None:
    other = replace(FULL_REPOSITORY, settings=repository("offsite"))
    text = text_of(exposition_of(replace(FULL, repositories=(FULL_REPOSITORY, other))))
    assert text.count("# TYPE immich_backup_repository_up gauge") == 1
    assert 'immich_backup_repository_up{repository="offsite"} 0.0' in text
