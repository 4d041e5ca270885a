from immich_backup_exporter.checks.folder_missing import CHECK
from immich_backup_exporter.domain.contents import FolderContents
from support.facts import NOW
from support.healthy import PAUSE, STATE, found, severity, silent
from support.insides import CONTENTS, with_contents, with_folders


def test_all_required_folders_with_files_are_ok() -> None:
    assert found(CHECK, with_contents()).sentence == (
        "Every folder that must hold files does: library, upload, profile, backups."
    )


def test_a_required_folder_without_a_file_is_critical_and_named() -> None:
    finding = found(CHECK, with_folders(profile=0))
    assert finding.severity == "critical"
    assert finding.labels == {"repository": "nas", "plan": "immich", "folder": "profile"}


def test_each_missing_folder_is_told() -> None:
    labels = [finding.labels["folder"] for finding in CHECK.find(with_folders(upload=0, profile=0), NOW)]
    assert labels == ["upload", "profile"]


def test_a_folder_that_is_not_required_may_be_empty() -> None:
    assert severity(CHECK, with_folders(thumbs=0, encoded_video=0)) == "ok"


def test_without_any_original_the_other_check_speaks() -> None:
    assert silent(CHECK, with_folders(library=0, upload=0, profile=0))


def test_a_paused_plan_is_ok() -> None:
    assert severity(CHECK, with_folders({"paused_until": PAUSE}, profile=0)) == "ok"


def test_before_anything_was_looked_into_there_is_nothing_to_say() -> None:
    assert silent(CHECK, STATE)


def test_it_says_that_a_symbolic_link_was_stored() -> None:
    folders = CONTENTS.folders | {"library": FolderContents(files=0, size_bytes=0)}
    assert found(CHECK, with_contents(folders=folders, sentence="It is a link.")).sentence == (
        "The newest inspected snapshot holds no file in the folder library. It is a link."
    )
