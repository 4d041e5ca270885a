"""Why the folders with database dumps cannot be looked at. ``X_step`` is the next step of ``X``."""

TEXTS = {
    "also": "A folder of `immich.dump.also`",
    "also_folders": "the folders that its patterns name",
    "backups": "Immich's folder `backups`",
    "dump_folder": "The dump folder",
    "missing": "{subject} does not exist.",
    "missing_step": "Mount the upload location, or set `immich.upload_location` to where this agent sees it.",
    "no_folder": "{subject} is not a folder.",
    "no_folder_step": "Set `immich.upload_location` to where this agent sees it.",
    "not_allowed": "{subject} cannot be read: this agent's user is not allowed to.",
    "not_allowed_step": "Give its user the right to read and enter {folder}.",
    "not_read": "{subject} cannot be read ({reason}).",
    "not_read_step": "Look at the disk or the network mount that it is on.",
    "unknown_error": "unknown error",
}
