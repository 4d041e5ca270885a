"""Why no snapshot of a repository is a plan's."""

TEXTS = {
    "empty_repository": "The repository holds no snapshot at all; run the backup once.",
    "host": "host {host}",
    "hosts_seen": "Hosts seen: {hosts}; try one of them as host.",
    "location": "the upload location {path}",
    "no_match": "0 of {snapshots:# snapshot matches|# snapshots match} {asked:and}.",
    "no_tags_seen": "None of them has a tag; let the backup set the tags, or leave them out of the plan.",
    "none_left": "The repository lists no snapshot any more; it held some before.",
    "none_readable": "The repository lists {snapshots:# snapshot|# snapshots}, and restic could read none of them.",
    "not_ignored": "what is not ignored",
    "other_host": (
        "{snapshots:# snapshot|# snapshots} of host {found} {snapshots:holds|hold} the library; the plan asks for "
        "host {host}."
    ),
    "paths": "paths {paths}",
    "paths_seen": "Paths seen: {paths}.",
    "plan": "the plan",
    "seen_in": "{value} in {snapshots}",
    "tags": "tags {tags}",
    "tags_seen": "Tags seen: {tags}; try one of them in tags.",
    "try_location": "Try `backed_up_as: {path}`.",
    "try_other_settings": "Look at the plan's other settings.",
    "try_stored_path": "Write a path in paths as restic stored it.",
}
