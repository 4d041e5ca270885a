"""How values follow from facts, told with facts of the test's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from immich_backup_exporter.metrics.subject import Kind, Sample, Subject


@dataclass
class Disk:
    size: int | None = None
    made: datetime | None = None
    age: timedelta | None = None
    mounted: bool | None = None
    label: str | None = None
    folders: Mapping[str, int] = field(default_factory=dict)


def test_a_known_value_is_a_number_and_an_unknown_one_is_absent() -> None:
    disk = Subject[Disk]("disk")
    size = disk.gauge("size_bytes", "How large it is.", lambda facts: facts.size)
    made = disk.gauge("made_timestamp_seconds", "When it was made.", lambda facts: facts.made)
    age = disk.gauge("age_seconds", "How old it is.", lambda facts: facts.age)
    mounted = disk.gauge("mounted", "1 if it is mounted.", lambda facts: facts.mounted)
    assert list(disk.samples(("sda",), Disk())) == []
    facts = Disk(size=7, made=datetime(1970, 1, 2, tzinfo=UTC), age=timedelta(minutes=1), mounted=False)
    assert list(disk.samples(("sda",), facts)) == [
        Sample(size, ("sda",), 7.0),
        Sample(made, ("sda",), 86400.0),
        Sample(age, ("sda",), 60.0),
        Sample(mounted, ("sda",), 0.0),
    ]


def test_a_part_that_is_not_there_has_no_samples() -> None:
    disk = Subject[Disk]("disk")
    letters = disk.part(lambda facts: facts.label).counter("letters_total", "Of its label.", len)
    assert list(disk.samples(("sda",), Disk())) == []
    assert list(disk.samples(("sda",), Disk(label="photos"))) == [Sample(letters, ("sda",), 6.0)]


def test_several_parts_are_told_apart_by_a_label_of_their_own() -> None:
    disk = Subject[Disk]("disk")
    folders = disk.each(("folder",), lambda facts: (((name,), files) for name, files in facts.folders.items()))
    files = folders.gauge("files", "Files in it.", lambda number: number)
    assert files.labels == ("disk", "folder")
    assert list(disk.samples(("sda",), Disk(folders={"a": 1, "b": 2}))) == [
        Sample(files, ("sda", "a"), 1.0),
        Sample(files, ("sda", "b"), 2.0),
    ]


def test_an_info_is_one_and_holds_what_it_tells_in_labels() -> None:
    disk = Subject[Disk]("disk")
    info = disk.info("disk_info", "What it is.", ("label",), lambda facts: (facts.label or "",))
    assert (info.kind, info.labels) == (Kind.INFO, ("disk", "label"))
    assert list(disk.samples(("sda",), Disk(label="photos"))) == [Sample(info, ("sda", "photos"), 1.0)]
