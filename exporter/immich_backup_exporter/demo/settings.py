"""The configuration that the demo's agent runs with, written so that it can be read as an example."""

import json

from .backups import HOST
from .layout import Layout
from .stack import NAMES

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
    inspect:
      max_lag: 1m        # and this: so long may the contents of the newest snapshot be unknown; 26h
    plans:
      immich:            # the snapshots of this host that hold the upload location
        host: {host}
        max_age: 26h
        required_paths:  # what else a restore needs
          - {compose}
          - {env}
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
    compose, env = (quoted(layout.stack / name) for name in NAMES)
    return _TEMPLATE.format(
        upload_location=quoted(layout.upload_location),
        nas=quoted(layout.nas.path),
        nas_password=quoted(layout.nas.password_file),
        offsite=quoted(layout.offsite.path),
        offsite_password=quoted(layout.offsite.password_file),
        compose=compose,
        env=env,
        state_dir=quoted(layout.state_dir),
        restic=quoted(restic),
        host=HOST,
    )


def quoted(value: object) -> str:
    """JSON's way to write a text is also one of YAML's."""
    return json.dumps(str(value))
