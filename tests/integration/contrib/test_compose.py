"""compose.yaml, read by Docker Compose itself, and each file that it mounts, read by the program that it is for."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.tools import PROJECT, tool
from support.waiting import PATIENCE_SECONDS

PERSONAL = {
    "UPLOAD_LOCATION": "/srv/immich",
    "BACKUP_LOCATION": "/backups/immich",
    "BACKUP_PASSWORD_FILE": "/etc/immich-backup-exporter/nas.password",
    "BACKUP_USER": "1000:1000",
}
MONITORING = ("--profile", "monitoring")


def compose(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [tool("docker-compose"), "--file", str(PROJECT / "compose.yaml"), *arguments],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **env},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def config(*arguments: str) -> dict[str, Any]:
    result = compose(*arguments, "config", "--format", "json", env=PERSONAL)
    assert result.returncode == 0, result.stderr
    return dict(json.loads(result.stdout))


@pytest.fixture(scope="module")
def everything() -> dict[str, Any]:
    return config(*MONITORING)


def mounted(service: dict[str, Any], target: str) -> Path:
    """The file outside that a service sees as `target`."""
    (source,) = [volume["source"] for volume in service["volumes"] if volume["target"] == target]
    return Path(source)


def test_without_the_profile_only_the_agent_is_started() -> None:
    assert list(config()["services"]) == ["immich-backup-exporter"]


def test_the_profile_adds_the_three(everything: dict[str, Any]) -> None:
    assert sorted(everything["services"]) == ["alertmanager", "grafana", "immich-backup-exporter", "prometheus"]


@pytest.mark.parametrize("name", sorted(PERSONAL))
def test_what_is_not_said_stops_it_and_is_named(name: str) -> None:
    result = compose("config", env={key: value for key, value in PERSONAL.items() if key != name})
    assert result.returncode != 0
    assert f"required variable {name} is missing a value" in result.stderr


def test_immichs_env_can_be_given_without_its_database_password_reaching_a_container(tmp_path: Path) -> None:
    immichs = tmp_path / "immich.env"
    immichs.write_text("UPLOAD_LOCATION=/srv/immich\nDB_PASSWORD=hunter2\nDB_USERNAME=postgres\nTZ=Europe/Berlin\n")
    env = {name: value for name, value in PERSONAL.items() if name != "UPLOAD_LOCATION"}
    result = compose("--env-file", str(immichs), *MONITORING, "config", env=env)
    assert result.returncode == 0
    assert "/srv/immich" in result.stdout
    assert "Europe/Berlin" in result.stdout
    assert "hunter2" not in result.stdout
    assert "postgres" not in result.stdout


def test_no_service_takes_a_whole_file_of_variables() -> None:
    services = yaml.safe_load((PROJECT / "compose.yaml").read_text())["services"]
    assert [name for name, service in services.items() if "env_file" in service] == []


def test_the_agent_reads_and_a_disk_that_comes_later_shows_up(everything: dict[str, Any]) -> None:
    agent = everything["services"]["immich-backup-exporter"]
    binds = [volume for volume in agent["volumes"] if volume["type"] == "bind"]
    assert [(bind["source"], bind["target"]) for bind in binds] == [
        ("/srv/immich", "/srv/immich"),
        ("/backups/immich", "/backups"),
    ]
    assert [bind["read_only"] for bind in binds] == [True, True]
    assert [bind["bind"]["propagation"] for bind in binds] == ["rslave", "rslave"]
    assert not any(bind["bind"].get("create_host_path") for bind in binds)
    (state,) = [volume for volume in agent["volumes"] if volume["type"] == "volume"]
    assert state["target"] == "/var/lib/immich-backup-exporter"
    assert agent["user"] == "1000:1000"


def test_the_agent_publishes_no_port_and_grafana_only_on_this_machine(everything: dict[str, Any]) -> None:
    published = {
        name: [(port.get("host_ip"), port["published"]) for port in service.get("ports", [])]
        for name, service in everything["services"].items()
    }
    assert published == {
        "immich-backup-exporter": [],
        "prometheus": [],
        "alertmanager": [],
        "grafana": [("127.0.0.1", "3000")],
    }


def test_every_service_is_locked_down(everything: dict[str, Any]) -> None:
    for service in everything["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in service
        assert "docker.sock" not in json.dumps(service)


def test_images_of_others_have_a_version(everything: dict[str, Any]) -> None:
    images = {name: service["image"] for name, service in everything["services"].items()}
    assert images == {
        "immich-backup-exporter": "immich-backup-exporter",
        "prometheus": "prom/prometheus:v3.13.1",
        "alertmanager": "prom/alertmanager:v0.34.1",
        "grafana": "grafana/grafana:13.2.1",
    }


def test_grafana_has_no_password_until_a_person_gives_it_one(everything: dict[str, Any]) -> None:
    environment = everything["services"]["grafana"]["environment"]
    assert environment["GF_SECURITY_ADMIN_PASSWORD__FILE"] == "/run/secrets/grafana_password"
    assert "GF_SECURITY_ADMIN_PASSWORD" not in environment
    assert everything["secrets"]["grafana_password"]["file"] == str(PROJECT / "secrets" / "grafana_password")
    assert not (PROJECT / "secrets").exists() or "secrets" in (PROJECT / ".gitignore").read_text()


def test_every_file_of_this_project_that_it_mounts_is_there(everything: dict[str, Any]) -> None:
    sources = [volume["source"] for service in everything["services"].values() for volume in service["volumes"]]
    ours = [source for source in sources if source.startswith(f"{PROJECT}/")]
    assert len(ours) == 5
    assert [source for source in ours if not Path(source).exists()] == []


@pytest.mark.parametrize("version", ["promtool-2", "promtool-3"])
def test_prometheus_takes_its_configuration_with_the_rules(
    everything: dict[str, Any], tmp_path: Path, version: str
) -> None:
    service = everything["services"]["prometheus"]
    rules = mounted(service, "/etc/prometheus/immich-backup.rules.yml")
    text = mounted(service, "/etc/prometheus/prometheus.yml").read_text()
    (tmp_path / "prometheus.yml").write_text(text.replace("/etc/prometheus/immich-backup.rules.yml", str(rules)))
    checked = subprocess.run(
        [tool(version), "check", "config", str(tmp_path / "prometheus.yml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "SUCCESS" in checked.stdout
    assert str(rules) in checked.stdout


def test_alertmanager_takes_its_configuration(everything: dict[str, Any]) -> None:
    file = mounted(everything["services"]["alertmanager"], "/etc/alertmanager/alertmanager.yml")
    checked = subprocess.run([tool("amtool"), "check-config", str(file)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_alertmanager_reads_the_secret_that_it_is_given(everything: dict[str, Any]) -> None:
    service = everything["services"]["alertmanager"]
    text = mounted(service, "/etc/alertmanager/alertmanager.yml").read_text()
    assert "url_file: /run/secrets/ntfy_url" in text
    assert [secret["source"] for secret in service["secrets"]] == ["ntfy_url"]


def test_what_they_ask_of_one_another_is_there(everything: dict[str, Any]) -> None:
    """Host names are services, ports are those that the programs listen on by themselves."""
    services = everything["services"]
    prometheus = yaml.safe_load(mounted(services["prometheus"], "/etc/prometheus/prometheus.yml").read_text())
    provisioning = mounted(services["grafana"], "/etc/grafana/provisioning")
    sources = yaml.safe_load((provisioning / "datasources" / "immich-backup.yml").read_text())["datasources"]
    assert prometheus["scrape_configs"][0]["static_configs"] == [{"targets": ["immich-backup-exporter:10321"]}]
    assert prometheus["alerting"]["alertmanagers"][0]["static_configs"] == [{"targets": ["alertmanager:9093"]}]
    assert [(source["uid"], source["type"], source["url"]) for source in sources] == [
        ("immich-backup-prometheus", "prometheus", "http://prometheus:9090"),
        ("immich-backup-alertmanager", "alertmanager", "http://alertmanager:9093"),
    ]
    assert sources[1]["jsonData"]["implementation"] == "prometheus"


def test_grafana_shows_the_dashboard_that_is_mounted(everything: dict[str, Any]) -> None:
    service = everything["services"]["grafana"]
    provisioning = mounted(service, "/etc/grafana/provisioning")
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "immich-backup.yml").read_text())["providers"]
    home = service["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert provider["options"]["path"] == str(Path(home).parent)
    assert mounted(service, home) == PROJECT / "grafana" / "immich-backup.json"
    assert provider["allowUiUpdates"] is False
