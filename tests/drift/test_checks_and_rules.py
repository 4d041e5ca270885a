"""Every alert has its check, with the same severities, and every check has its alert."""

from collections import defaultdict

import yaml

from immich_backup_exporter.checks import CHECKS
from immich_backup_exporter.domain.findings import ALERT_PREFIX, RUNBOOKS, About
from immich_backup_exporter.shipped import RULES, shipped
from support.tools import PROJECT

UNSEEN = {"ExporterDown", "PollStalled", "ClockSkew", "Watchdog"}
"""What only something outside the agent can see."""

ALERTS = [rule for group in yaml.safe_load(shipped(RULES))["groups"] for rule in group["rules"]]


def test_every_alert_but_those_that_only_a_prometheus_sees_has_its_check() -> None:
    alerts = {rule["alert"].removeprefix(ALERT_PREFIX) for rule in ALERTS}
    assert alerts - UNSEEN == {check.name for check in CHECKS}
    assert alerts >= UNSEEN


def test_an_alert_and_its_check_have_the_same_severities() -> None:
    severities: dict[str, set[str]] = defaultdict(set)
    for rule in ALERTS:
        severities[rule["alert"].removeprefix(ALERT_PREFIX)].add(rule["labels"]["severity"])
    assert {name: severities[name] for name in severities.keys() - UNSEEN} == {
        check.name: {severity.value for severity in check.severities} for check in CHECKS
    }


GROUPS = {
    About.AGENT: "immich-backup-exporter",
    About.REPOSITORY: "immich-backup-repositories",
    About.PLAN: "immich-backup-plans",
    About.CONTENTS: "immich-backup-contents",
    About.UPLOAD_LOCATION: "immich-backup-dumps",
    About.DUMPS: "immich-backup-dumps",
    About.JOB: "immich-backup-jobs",
}


def test_an_alert_is_in_the_group_of_what_its_check_is_about() -> None:
    groups = {
        rule["alert"].removeprefix(ALERT_PREFIX): group["name"]
        for group in yaml.safe_load(shipped(RULES))["groups"]
        for rule in group["rules"]
    }
    assert {check.name: groups[check.name] for check in CHECKS} == {check.name: GROUPS[check.about] for check in CHECKS}


def test_no_check_is_registered_twice() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def test_an_alert_and_its_check_lead_to_the_same_runbook() -> None:
    assert {rule["annotations"]["runbook_url"] for rule in ALERTS} == {
        f"{RUNBOOKS}{rule['alert']}.md" for rule in ALERTS
    }


def test_a_checks_file_is_named_as_it_is() -> None:
    folder = PROJECT / "exporter" / "immich_backup_exporter" / "checks"
    assert [
        check.name
        for check in CHECKS
        if not (
            folder / f"{''.join(f'_{c.lower()}' if c.isupper() else c for c in check.name).lstrip('_')}.py"
        ).exists()
    ] == []
