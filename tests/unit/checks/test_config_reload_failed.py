from immich_backup_exporter.checks.config_reload_failed import CHECK
from support.healthy import STATE, found, severity, with_agent


def test_a_configuration_in_force_is_ok_and_says_since_when() -> None:
    assert severity(CHECK, STATE) == "ok"
    assert found(CHECK, STATE).sentence == "The configuration in force was read 30 hours ago."


def test_a_refused_configuration_is_a_warning_about_the_agent() -> None:
    finding = found(CHECK, with_agent(reload_successful=False))
    assert (finding.severity, finding.labels, finding.subject) == ("warning", {}, "agent")
    assert "config check" in finding.next_step
