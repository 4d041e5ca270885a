from dataclasses import replace

from immich_backup_exporter.domain.errors import FailureReason
from immich_backup_exporter.metrics.collector import immich_samples, repository_samples
from immich_backup_exporter.metrics.subject import Sample
from support.states import EMPTY, FULL, FULL_DUMP, FULL_REPOSITORY


def named(samples: list[Sample]) -> dict[tuple[str, ...], float]:
    return {(sample.metric.name, *sample.labels): sample.value for sample in samples}


def test_what_is_not_known_has_no_sample_while_every_expectation_has() -> None:
    values = named(list(repository_samples(EMPTY.repositories[0])))
    assert {name for name, *_ in values} == {
        "repository_expected_since_timestamp_seconds",
        "repository_poll_interval_seconds",
        "repository_unreachable_after_seconds",
        "repository_offsite",
        "repository_polls_total",
        "repository_poll_failures_total",
        "repository_read_bytes_total",
        "repository_read_budget_bytes",
        "repository_info",
        "inspection_max_lag_seconds",
        "plan_expected_since_timestamp_seconds",
        "plan_max_age_seconds",
        "plan_min_size_ratio",
        "plan_max_missing_assets",
        "plan_max_unreadable_files",
        "plan_holds",
    }


def test_before_the_first_look_the_dumps_have_only_their_expectations() -> None:
    assert {name for name, *_ in named(list(immich_samples(EMPTY)))} == {
        "dump_expected_since_timestamp_seconds",
        "dump_max_age_seconds",
        "dump_min_size_ratio",
    }


def test_the_reason_of_a_failure_is_one_and_every_other_zero() -> None:
    values = named(list(repository_samples(FULL_REPOSITORY)))
    reasons = {labels[-1]: value for labels, value in values.items() if labels[0] == "repository_failure"}
    assert reasons == {
        "timeout": 0.0,
        "unreachable": 0.0,
        "unauthorized": 0.0,
        "permission": 0.0,
        "wrong_password": 1.0,
        "not_found": 0.0,
        "damaged": 0.0,
        "protocol": 0.0,
        "restic_missing": 0.0,
        "unknown": 0.0,
    }


def test_a_reachable_repository_has_every_reason_at_zero() -> None:
    values = named(list(repository_samples(replace(FULL_REPOSITORY, up=True, failure=None))))
    assert sum(value for labels, value in values.items() if labels[0] == "repository_failure") == 0.0
    assert len(FailureReason) == 10


def test_a_plan_says_of_each_part_whether_it_holds_it() -> None:
    plans = (
        replace(FULL_REPOSITORY.plans[0], settings=replace(FULL_REPOSITORY.plans[0].settings, holds=("database",))),
    )
    values = named(list(repository_samples(replace(FULL_REPOSITORY, plans=plans))))
    assert values["plan_holds", "nas", "immich", "originals"] == 0.0
    assert values["plan_holds", "nas", "immich", "database"] == 1.0


def test_an_agent_that_cannot_see_the_upload_location_says_nothing_about_it() -> None:
    assert list(immich_samples(replace(FULL, upload_folders=None, dump=None))) == []


def test_no_dump_is_a_count_of_zero_and_nothing_else() -> None:
    facts = replace(
        FULL_DUMP,
        routine=0,
        newest=None,
        size_delta_bytes=None,
        size_baseline_bytes=None,
        valid=None,
        last_valid=None,
        unfinished=0,
        oldest_unfinished=None,
    )
    values = named(list(immich_samples(replace(FULL, dump=facts))))
    assert values["dumps",] == 0.0
    assert values["dumps_unfinished",] == 0.0
    assert ("dump_timestamp_seconds",) not in values
    assert ("dump_valid",) not in values
