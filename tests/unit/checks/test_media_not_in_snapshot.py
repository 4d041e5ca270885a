from immich_backup_exporter.checks.media_not_in_snapshot import CHECK
from immich_backup_exporter.domain.contents import FolderContents
from support.healthy import PAUSE, STATE, found, severity, silent
from support.insides import CONTENTS, with_contents, with_folders


def test_originals_in_either_folder_are_ok() -> None:
    assert severity(CHECK, with_contents()) == "ok"
    assert severity(CHECK, with_folders(upload=0)) == "ok"


def test_no_original_at_all_is_critical() -> None:
    finding = found(CHECK, with_folders(library=0, upload=0))
    assert (finding.severity, finding.labels) == ("critical", {"repository": "nas", "plan": "immich"})


def test_a_library_that_is_empty_itself_lacks_nothing() -> None:
    folders = with_folders(library=0, upload=0).repositories[0].plans[0].contents.folders  # type: ignore[union-attr]
    assert (
        severity(
            CHECK, with_contents(folders=folders, required={**CONTENTS.required, "library": False, "upload": False})
        )
        == "ok"
    )


def test_a_plan_for_the_database_alone_holds_no_originals() -> None:
    assert silent(CHECK, with_folders({"holds": ("database",)}, library=0, upload=0))


def test_a_paused_plan_is_ok() -> None:
    assert severity(CHECK, with_folders({"paused_until": PAUSE}, library=0, upload=0)) == "ok"


def test_before_anything_was_looked_into_there_is_nothing_to_say() -> None:
    assert silent(CHECK, STATE)


def test_it_says_that_a_symbolic_link_was_stored() -> None:
    folders = CONTENTS.folders | {name: FolderContents(files=0, size_bytes=0) for name in ("library", "upload")}
    assert found(CHECK, with_contents(folders=folders, sentence="It is a link.")).sentence == (
        "The newest inspected snapshot holds no photo and no video. It is a link."
    )
