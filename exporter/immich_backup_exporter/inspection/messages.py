"""What the agent and its inspecting process say to each other: lines of JSON over a socket.

Both ends are the same version of this program; nothing is checked, nothing is kept.
"""

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from immich_backup_exporter.domain.contents import (
    CoverageAnswer,
    CoverageCounts,
    DumpAnswer,
    ExternalLibrary,
    FolderContents,
    MissingFile,
    MissingKind,
    TreeAnswer,
    TreeQuestion,
)
from immich_backup_exporter.domain.immich import DumpFile, DumpKind, DumpOutcome, DumpVerdict
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.formats import message_json

Packet = Mapping[str, Any]
"""One line of the conversation."""


def line(message: Packet) -> bytes:
    """One message; bytes that are no UTF-8 travel as escaped surrogates."""
    return json.dumps(message, separators=(",", ":")).encode("ascii")


def from_question(question: TreeQuestion) -> Packet:
    return {
        "time": question.snapshot_time.isoformat(),
        "paths": question.snapshot_paths,
        "hints": question.hints,
        "also": question.also,
        "timezone": question.timezone,
        "required": question.required_paths,
        "external": [(one.container, one.backed_up_as) for one in question.external],
    }


def to_question(message: Packet) -> TreeQuestion:
    return TreeQuestion(
        snapshot_time=datetime.fromisoformat(message["time"]),
        snapshot_paths=tuple(message["paths"]),
        hints=tuple(message["hints"]),
        also=tuple(message["also"]),
        timezone=message["timezone"],
        required_paths=tuple(message["required"]),
        external=tuple(ExternalLibrary(container=one, backed_up_as=other) for one, other in message["external"]),
    )


def from_tree(answer: TreeAnswer) -> Packet:
    return {
        "known": answer.known,
        "holds_immich": answer.holds_immich,
        "sentence": from_sentence(answer.sentence),
        "folders": {name: (one.files, one.size_bytes) for name, one in answer.folders.items()},
        "dumps": answer.dumps,
        "dump": answer.dump and _from_dump(answer.dump),
        "missing_paths": answer.missing_paths,
    }


def to_tree(message: Packet) -> TreeAnswer:
    return TreeAnswer(
        known=message["known"],
        holds_immich=message["holds_immich"],
        sentence=to_sentence(message["sentence"]),
        folders={name: FolderContents(files=one, size_bytes=size) for name, (one, size) in message["folders"].items()},
        dumps=message["dumps"],
        dump=message["dump"] and _to_dump(message["dump"]),
        missing_paths=tuple(message["missing_paths"]),
    )


def from_dump_answer(answer: DumpAnswer) -> Packet:
    verdict = answer.verdict
    return {
        "verdict": {
            "outcome": verdict.outcome.value,
            "sentence": from_sentence(verdict.sentence),
            "unpacked_bytes": verdict.unpacked_bytes,
            "postgres_version": verdict.postgres_version,
        },
        "trouble": from_sentence(answer.trouble),
        "coverage": answer.coverage and _from_coverage(answer.coverage),
    }


def to_dump_answer(message: Packet) -> DumpAnswer:
    verdict = message["verdict"]
    return DumpAnswer(
        verdict=DumpVerdict(
            outcome=DumpOutcome(verdict["outcome"]),
            sentence=message_json.read(verdict["sentence"]),
            unpacked_bytes=verdict["unpacked_bytes"],
            postgres_version=verdict["postgres_version"],
        ),
        trouble=to_sentence(message["trouble"]),
        coverage=message["coverage"] and _to_coverage(message["coverage"]),
    )


def _from_coverage(coverage: CoverageAnswer) -> Packet:
    counts = coverage.counts
    return {
        "counts": {
            "assets": counts.assets,
            "external_proven": counts.external_proven,
            "external_unproven": counts.external_unproven,
            "missing": dict(counts.missing),
            "regenerable_missing": counts.regenerable_missing,
            "unknown_files": counts.unknown_files,
            "folder_missing": dict(counts.folder_missing),
            "settled_missing": dict(counts.settled_missing),
        },
        "immich_version": coverage.immich_version,
        "schema_level": coverage.schema_level,
        "media_location": coverage.media_location,
        "missing": [(one.kind.value, one.item, _text(one.path), one.on_disk) for one in coverage.missing],
        "digests": {kind.value: _packed(digests) for kind, digests in coverage.digests.items()},
        "gone": None if coverage.gone is None else _packed(coverage.gone),
    }


def _to_coverage(message: Packet) -> CoverageAnswer:
    counts = dict(message["counts"])
    missing = {MissingKind(kind): count for kind, count in counts.pop("missing").items()}
    return CoverageAnswer(
        counts=CoverageCounts(missing=missing, **counts),
        immich_version=message["immich_version"],
        schema_level=message["schema_level"],
        media_location=message["media_location"],
        missing=tuple(
            MissingFile(kind=MissingKind(kind), item=item, path=path.encode("utf-8", "surrogateescape"), on_disk=there)
            for kind, item, path, there in message["missing"]
        ),
        digests={MissingKind(kind): base64.b64decode(digests) for kind, digests in message["digests"].items()},
        gone=None if message["gone"] is None else base64.b64decode(message["gone"]),
    )


def _from_dump(dump: DumpFile) -> Packet:
    return {
        "name": dump.name,
        "path": dump.path,
        "kind": dump.kind.value,
        "group": dump.group,
        "unfinished": dump.unfinished,
        "size_bytes": dump.size_bytes,
        "modified": dump.modified.isoformat(),
        "named_time": dump.named_time and dump.named_time.isoformat(),
        "immich_version": dump.immich_version,
        "postgres_version": dump.postgres_version,
        "fingerprint": dump.fingerprint,
    }


def _to_dump(message: Packet) -> DumpFile:
    said = dict(message)
    named = said.pop("named_time")
    return DumpFile(
        kind=DumpKind(said.pop("kind")),
        modified=datetime.fromisoformat(said.pop("modified")),
        named_time=named and datetime.fromisoformat(named),
        **said,
    )


def from_sentence(message: Message | None) -> str | None:
    return message_json.dumped(message)


def to_sentence(text: str | None) -> Message | None:
    return message_json.loaded(text)


def _packed(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")
