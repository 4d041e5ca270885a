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
from .nights import last_nights
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
    clock = SystemClock()
    configure_logs(options.log_level, options.log_format, clock)
    try:
        _run(options, clock, os.environ)
    except DemoError as error:
        return _complain(str(error))
    except ListenError as error:
        return _complain(ENGLISH.render(sentences(error.message, Message("demo.free_port"))))
    return 0


def _complain(sentence: str) -> int:
    print(f"immich-backup-exporter demo: {sentence}", file=sys.stderr)
    return 1


def _run(options: argparse.Namespace, clock: Clock, environ: Mapping[str, str]) -> None:
    if options.kind is not None and options.kind not in BREAKS:
        raise DemoError(f"--break: there is no {options.kind!r}; one of\n{breaks_text()}")
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
    nights = last_nights(clock.now(), options.days)
    wanted = Note(days=options.days, photos=options.photos, last_night=nights[-1].isoformat(), complete=True)
    there = read_note(layout)
    if there == wanted:
        print(f"Using the demo in {layout.root} again.", flush=True)
        return
    if there is not None:
        print(f"The demo in {layout.root} is made anew: it {_unfit(there, wanted)}.", flush=True)
        _empty(layout)
    layout.root.mkdir(parents=True, exist_ok=True)
    print(f"Making {options.days} nights of dumps and backups in {layout.root}", flush=True)
    with shown(options.days + STEPS_BESIDE_NIGHTS) as step:
        build(layout, restic, nights, options.photos, step)


def _unfit(there: Note, wanted: Note) -> str:
    if not there.complete:
        return "was never finished"
    if there.broken:
        return f"was broken ({there.broken})"
    if there.last_night != wanted.last_night:
        return f"ends with {there.last_night}"
    return f"has {there.days} nights and {there.photos} photos"


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
    """The demo's folder, which is removed afterwards where nobody asked for it."""
    if options.folder is not None:
        yield Layout(Path(options.folder).absolute())
        return
    root = Path(tempfile.mkdtemp(prefix="immich-demo-")).resolve()
    try:
        yield Layout(root)
    finally:
        if options.keep:
            print(f"\nThe demo stays in {root}; to serve it as it is now:")
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
