"""What stands beside an Immich library and belongs into its backup: the compose file and its ``.env``."""

import os
from datetime import date, time
from pathlib import Path

from .dumps import IMMICH_VERSION
from .library import BASE
from .nights import local

NAMES = ("compose.yaml", ".env")

_COMPOSE = """\
# In a real one stand Immich's database, its cache and what they need.
services:
  immich-server:
    image: ghcr.io/immich-app/immich-server:${{IMMICH_VERSION}}
    volumes: ["${{UPLOAD_LOCATION}}:{base}"]
"""


def make_stack(folder: Path, upload_location: Path, since: date) -> None:
    """Write both files into ``folder``, which is there."""
    environment = f"IMMICH_VERSION=v{IMMICH_VERSION}\nUPLOAD_LOCATION={upload_location}\n"
    moment = local(since, time(0)).timestamp()
    for name, text in zip(NAMES, (_COMPOSE.format(base=BASE), environment), strict=True):
        (folder / name).write_text(text, encoding="utf-8")
        os.utime(folder / name, (moment, moment))
