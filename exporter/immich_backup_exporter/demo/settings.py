"""The configuration that the demo's agent runs with, written so that it can be read as an example."""

import json

from .backups import HOST
from .layout import Layout

_TEMPLATE = """\
# Made by `immich-backup-exporter demo`. A configuration of your own looks like this one, with your paths.

immich:
  upload_location: {upload_location}  # Immich's UPLOAD_LOCATION, as the agent sees it
  dump:
    max_age: 26h         # Immich dumps its database every night
    poll_interval: 5s    # for the demo; leave it out and it is 5m

repositories:
  nas:
    repository: {nas}
    password_file: {nas_password}
    poll_interval: 5s    # for the demo, as well
    plans:
      immich:            # the snapshots of this host that hold the upload location
        host: {host}
        max_age: 26h
  offsite:               # the same snapshots, copied with `restic copy`
    repository: {offsite}
    password_file: {offsite_password}
    offsite: true
    poll_interval: 5s
    plans:
      immich:
        host: {host}
        max_age: 26h

offsite_required: true
state_dir: {state_dir}
restic: {restic}
"""


def settings_text(layout: Layout, restic: str) -> str:
    """The YAML file. ``restic``: the program."""
    return _TEMPLATE.format(
        upload_location=_quoted(layout.upload_location),
        nas=_quoted(layout.nas.path),
        nas_password=_quoted(layout.nas.password_file),
        offsite=_quoted(layout.offsite.path),
        offsite_password=_quoted(layout.offsite.password_file),
        state_dir=_quoted(layout.state_dir),
        restic=_quoted(restic),
        host=HOST,
    )


def _quoted(value: object) -> str:
    """JSON's way to write a text is also one of YAML's."""
    return json.dumps(str(value))
