"""The configuration that the demo writes is one that the agent takes as it is meant."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from immich_backup_exporter.config import load
from immich_backup_exporter.demo.layout import Layout
from immich_backup_exporter.demo.settings import settings_text

NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)


def test_the_agent_reads_what_was_meant(tmp_path: Path):
    layout = Layout(tmp_path / 'a "quoted" folder: # über')
    layout.make_folders()
    layout.config_file.write_text(settings_text(layout, "/opt/restic"), encoding="utf-8")
    settings = load(str(layout.config_file), {}, now=NOW)
    nas, offsite = settings.repositories
    assert (nas.name, nas.access.url, nas.offsite) == ("nas", str(layout.nas.path), False)
    assert (offsite.name, offsite.access.url, offsite.offsite) == ("offsite", str(layout.offsite.path), True)
    assert nas.access.password_file == str(layout.nas.password_file)
    assert offsite.access.password_file == str(layout.offsite.password_file)
    assert nas.poll_interval == offsite.poll_interval == timedelta(seconds=5)
    assert [(plan.name, plan.host, plan.max_age) for plan in nas.plans] == [("immich", "demo-nas", timedelta(hours=26))]
    assert nas.plans[0].required_paths == (f"{layout.stack}/compose.yaml", f"{layout.stack}/.env")
    assert nas.inspect.max_lag == timedelta(minutes=1)
    assert settings.upload_location == str(layout.upload_location)
    assert settings.dump is not None
    assert settings.dump.poll_interval == timedelta(seconds=5)
    assert (settings.state_dir, settings.restic) == (str(layout.state_dir), "/opt/restic")
    assert settings.offsite_required is True


def test_nothing_in_it_is_worth_a_warning(tmp_path: Path):
    layout = Layout(tmp_path)
    layout.make_folders()
    layout.config_file.write_text(settings_text(layout, "restic"), encoding="utf-8")
    assert load(str(layout.config_file), {}, now=NOW).warnings == ()
