"""Runs the command ``demo``: build, serve, guide, break."""

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import FrameType

from immich_backup_exporter.app import ServeOptions, serve
from immich_backup_exporter.domain.clock import Clock, SystemClock
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.logs import configure_logs
from immich_backup_exporter.web.listen import ListenError, open_sockets, parse_address
from immich_backup_exporter.words import ENGLISH

from . import DEFAULT_ADDRESS
from .backups import Restic, find_restic
from .breaks import BREAKS
from .build import STEPS_BESIDE_NIGHTS, build
from .companion import Companion
from .errors import DemoError
from .guide import breaks_text
from .layout import Layout, Note, read_note
from .nights import FITS_FOR, last_nights
from .progress import shown

_OURS = ("IMMICH_BACKUP_", "RESTIC_", "UPLOAD_LOCATION")
"""Variables that would change what the demo's own configuration says begin with these."""


def run_demo(options: argparse.Namespace) -> int:
    """Make the demo and serve it until Ctrl-C. Returns the exit code: 0, or 1 after a sentence about what is wrong.

    ``options`` are the flags of :func:`immich_backup_exporter.demo.add_flags`, and those of the log.
    """
    if options.kind == "list":
        print(breaks_text())
        return 0
    if options.kind is not None and options.kind not in BREAKS:
        _complain(Message("demo.no_such_break", kind=options.kind))
        print(breaks_text(), file=sys.stderr)
        return 1
    clock = SystemClock()
    configure_logs(options.log_level, options.log_format, clock)
    try:
        _run(options, clock, os.environ)
    except DemoError as error:
        return _complain(error.message)
    except ListenError as error:
        return _complain(sentences(error.message, Message("demo.free_port")))
    return 0


def _complain(message: Message) -> int:
    print(f"immich-backup-exporter demo: {ENGLISH.render(message)}", file=sys.stderr)
    return 1


def _run(options: argparse.Namespace, clock: Clock, environ: Mapping[str, str]) -> None:
    addresses = _with_ports(options.listen_addresses or [DEFAULT_ADDRESS])
    restic = find_restic(options.restic, environ)
    with _ended_by_sigterm(), _folder(options) as layout:
        try:
            _make(layout, restic, options, clock)
            # The agent takes the signals over, and returns when one of them ends it.
            asyncio.run(_serve(layout, restic, options, addresses, clock, environ))
        finally:
            restic.end()


def _make(layout: Layout, restic: Restic, options: argparse.Namespace, clock: Clock) -> None:
    now, folder, there = clock.now(), str(layout.root), read_note(layout)
    if there is not None:
        reason = _unfit(there, options, now)
        if reason is None:
            _say(Message("demo.again", folder=folder))
            return
        _say(Message("demo.anew", folder=folder, reason=reason))
        _empty(layout)
    layout.root.mkdir(parents=True, exist_ok=True)
    _say(Message("demo.making", nights=options.days, folder=folder))
    with shown(options.days + STEPS_BESIDE_NIGHTS) as step:
        build(layout, restic, last_nights(now, options.days), options.photos, step)


def _unfit(there: Note, options: argparse.Namespace, now: datetime) -> Message | None:
    if not there.complete:
        return Message("demo.anew_unfinished")
    if there.broken:
        return Message("demo.anew_broken", kind=there.broken)
    if (there.days, there.photos) != (options.days, options.photos):
        return Message("demo.anew_other_size", days=there.days, photos=there.photos)
    age = now - there.newest_backup
    return Message("demo.anew_old", age=age) if age > FITS_FOR else None


def _say(message: Message) -> None:
    print(ENGLISH.render(message), flush=True)


def _empty(layout: Layout) -> None:
    for entry in layout.root.iterdir():
        if entry != layout.note_file:  # it says that the folder is ours, until the end
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()


async def _serve(
    layout: Layout,
    restic: Restic,
    options: argparse.Namespace,
    addresses: Sequence[str],
    clock: Clock,
    environ: Mapping[str, str],
) -> None:
    companion = Companion(layout, restic, _url(addresses[0]), clock)
    beside = asyncio.create_task(companion.accompany(options.kind, options.break_after))
    try:
        await serve(
            ServeOptions(
                config_file=str(layout.config_file),
                listen_addresses=addresses,
                web_config_file=None,
                enable_lifecycle=False,
                state_is_scratch=True,
                environ={name: value for name, value in environ.items() if not name.startswith(_OURS)},
            )
        )
    finally:
        beside.cancel()
        companion.close()
        with suppress(asyncio.CancelledError):
            await beside


def _with_ports(addresses: Sequence[str]) -> list[str]:
    """The addresses, with a free port in place of a 0. Raises ``ListenError`` before anything was built."""
    sockets = open_sockets(addresses)
    try:
        ports = [opened.getsockname()[1] for opened in sockets]
    finally:
        for opened in sockets:
            opened.close()
    return [f"{address.rpartition(':')[0]}:{port}" for address, port in zip(addresses, ports, strict=True)]


def _url(address: str) -> str:
    parsed = parse_address(address)
    here = parsed.host in ("", "0.0.0.0")  # noqa: S104 - compared, not bound
    return f"http://localhost:{parsed.port}/" if here else f"http://{parsed}/"


@contextmanager
def _folder(options: argparse.Namespace) -> Iterator[Layout]:
    """The demo's folder, which is removed afterwards unless --folder names it."""
    if options.folder is not None:
        yield Layout(Path(options.folder).absolute())
        return
    root = Path(tempfile.mkdtemp(prefix="immich-demo-")).resolve()
    try:
        yield Layout(root)
    finally:
        if options.keep:
            print("\n" + ENGLISH.render(Message("demo.stays", folder=str(root))))
            print(f"  immich-backup-exporter serve --config.file={Layout(root).config_file}")
        else:
            shutil.rmtree(root, ignore_errors=True)


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM unwind as Ctrl-C does while the demo is built, so that nothing stays behind."""

    def end(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
