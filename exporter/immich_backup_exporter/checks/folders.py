"""Conditions about Immich's folders in a snapshot that more than one check asks about."""

from immich_backup_exporter.analysis.contents import folder_size
from immich_backup_exporter.domain.contents import ORIGINAL_FOLDERS, ORIGINALS
from immich_backup_exporter.domain.immich import FOLDERS
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.state import ContentsFacts, PlanFacts

WORTH_COMPARING_BYTES = 10_000_000
"""Another folder than the originals that is usually smaller shrinks with a single file."""


def explained(message: Message, contents: ContentsFacts | None) -> Message:
    """``message`` about something that is missing, and what the snapshot itself says about why."""
    return sentences(message, contents.sentence if contents is not None else None)


def missing_folders(contents: ContentsFacts) -> list[str]:
    """Those that must hold files and hold none."""
    return [folder for folder in FOLDERS if contents.required.get(folder) and not contents.folders[folder].files]


def lacks_media(plan: PlanFacts, contents: ContentsFacts) -> bool:
    """Whether there is no original at all, although there must be."""
    return (
        "originals" in plan.settings.holds
        and not any(contents.folders[folder].files for folder in ORIGINAL_FOLDERS)
        and any(contents.required.get(folder) for folder in ORIGINAL_FOLDERS)
    )


def originals_shrank(plan: PlanFacts, contents: ContentsFacts) -> bool:
    return is_below(plan, contents, ORIGINALS)


def shrunken_folders(plan: PlanFacts, contents: ContentsFacts) -> list[str]:
    """``originals``, and others that are required and large, below the plan's ratio."""
    return [
        folder
        for folder, usual in contents.size_baselines.items()
        if folder not in ORIGINAL_FOLDERS
        and (folder == ORIGINALS or (contents.required.get(folder) and usual > WORTH_COMPARING_BYTES))
        and is_below(plan, contents, folder)
    ]


def is_below(plan: PlanFacts, contents: ContentsFacts, folder: str) -> bool:
    """Whether a folder's size is below the plan's ratio of the usual one."""
    usual = contents.size_baselines.get(folder)
    return (
        usual is not None and usual > 0 and folder_size(contents.folders, folder) / usual < plan.settings.min_size_ratio
    )
