"""The flags of `demo`."""

import argparse

import pytest

from immich_backup_exporter.demo import add_flags


@pytest.fixture
def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(allow_abbrev=False)
    add_flags(made)
    return made


def test_without_flags_it_is_a_month_of_a_few_hundred_photos(parser: argparse.ArgumentParser):
    assert vars(parser.parse_args([])) == {
        "kind": None,
        "break_after": 15,
        "days": 30,
        "photos": 300,
        "folder": None,
        "keep": False,
        "restic": "restic",
        "listen_addresses": None,
    }


@pytest.mark.parametrize(
    "flags", [["--days", "1"], ["--days", "367"], ["--photos", "0"], ["--photos", "many"], ["--break-after", "-1"]]
)
def test_a_number_out_of_bounds_is_named(parser: argparse.ArgumentParser, flags, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        parser.parse_args(flags)
    assert "is not a whole number from" in capsys.readouterr().err
