"""What is asked of a tree."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from immich_backup_exporter.domain.contents import ExternalLibrary, TreeQuestion
from immich_backup_exporter.domain.repository import Snapshot
from immich_backup_exporter.domain.settings import ContentSettings, ExternalMapping, PlanSettings


class Questions:
    """All plans ask the same, since copies of a tree belong to others of them.

    Only where Immich is looked for first is a plan's own.
    """

    def __init__(self, plans: Iterable[PlanSettings], settings: ContentSettings, upload_location: str | None) -> None:
        plans = tuple(plans)
        hints = (upload_location, *(plan.backed_up_as for plan in plans))
        self._common = TreeQuestion(
            snapshot_time=datetime.min.replace(tzinfo=UTC),
            snapshot_paths=(),
            hints=tuple(dict.fromkeys(hint for hint in hints if hint is not None)),
            also=settings.also,
            timezone=settings.timezone,
            required_paths=tuple(sorted({path for plan in plans for path in plan.required_paths})),
            external=tuple(external_library(one) for one in settings.external),
        )

    @property
    def asked(self) -> frozenset[str]:
        """A word for each thing that an answer has to hold; see :attr:`.TreeQuestion.answered`."""
        return self._common.answered

    def about(self, plan: PlanSettings, snapshot: Snapshot) -> TreeQuestion:
        question = replace(self._common, snapshot_time=snapshot.time, snapshot_paths=snapshot.paths)
        own = plan.backed_up_as
        return question if own is None else replace(question, hints=tuple(dict.fromkeys((own, *question.hints))))


def about_external(mapping: ExternalMapping, snapshot: Snapshot) -> TreeQuestion:
    """Whether an external library is in a snapshot of a plan of its own."""
    return TreeQuestion(
        snapshot_time=snapshot.time, snapshot_paths=snapshot.paths, external=(external_library(mapping),)
    )


def external_library(mapping: ExternalMapping) -> ExternalLibrary:
    return ExternalLibrary(container=mapping.container, backed_up_as=mapping.backed_up_as)
