"""What `config check --probe` prints."""

TEXTS = {
    "all_good": "Everything can be reached.",
    "chown": "Give it to this user: `chown {uid}:{gid} {path}`, or set another folder.",
    "correct_path": "Correct the path, or mount it.",
    "correct_path_in_container": "Correct the path, or mount it; the path is the one inside the container.",
    "dead_link": "{path} is a link to nothing.",
    "dump_folder": "dump folder",
    "empty": "{path} is empty.",
    "failed": "FAILED {subject}: {message}",
    "found": "found.",
    "give_file": "Give the path of a file.",
    "give_file_in_it": "Give the path of a file in it.",
    "give_folder": "Give the path of a folder.",
    "inside_upload_location": "This looks like the folder `{folder}` inside the upload location; set {parent}.",
    "install_restic": "Install restic 0.14 or newer, or set `restic` to the path of the program.",
    "is_folder": "{path} is a folder.",
    "let_everybody_in": "{run_as}, or let everybody in: `chmod o+{bits} {path}`.",
    "let_group_in": (
        "{run_as}, or let its group in: `chgrp {gid} {path}` and `chmod g+{bits} {path}`, "
        "or give it a copy of its own with mode 0600."
    ),
    "look_at_disk": "Look at the disk or the network mount that it is on.",
    "look_at_read_only_mount": (
        "Look whether it is mounted read-only, at SELinux (`:z` at the mount), AppArmor or root squash."
    ),
    "look_at_security_module": "Look at SELinux (`:z` at the mount), AppArmor, or root squash of an NFS server.",
    "marker": "marker of {folder}",
    "missing": "{path} does not exist; nearest existing folder: {folder}.",
    "mount_target": "Mount what it leads to as well.",
    "no_folder": "{path} is not a folder.",
    "no_markers": "none of Immich's folders in {path} has its `.immich` marker.",
    "no_markers_step": "It is no upload location, its disk is not mounted, or Immich is older than 1.120.",
    "no_regular_file": "{path} is not a regular file.",
    "no_restic": "`{program}` is not installed or not on PATH.",
    "ok": "ok     {subject}: {message}",
    "old_restic": "the program is older than 0.14.",
    "opened": "was listed and opened.",
    "owner": "{path} belongs to uid {uid}, gid {gid} and has the mode {mode}",
    "read_refused": "this process (uid {uid}, gid {gid}) may not read {path}: {owner}.",
    "read_refused_despite_mode": (
        "this process (uid {uid}, gid {gid}) may not read {path} although its mode would allow it."
    ),
    "restic_version": "is version {version}.",
    "run_as_owner": "Run the agent as that user (uid {uid}) or as root",
    "run_as_owner_in_container": (
        'Run the agent as that user (`user: "{uid}:{gid}"` in compose), '
        'or as root that may read everything (`user: "0:0"` with `cap_add: [DAC_READ_SEARCH]`)'
    ),
    "run_as_root": "Run the agent as root",
    "run_as_root_in_container": (
        'Run the agent as root that may read everything (`user: "0:0"` with `cap_add: [DAC_READ_SEARCH]`)'
    ),
    "selects": "{chosen:# snapshot|# snapshots} of {snapshots:,}.",
    "some_failed": "{failed} of {number} failed.",
    "too_slow": "did not answer within {limit}.",
    "unreadable": "{path} cannot be read ({reason}).",
    "usable": "can be used.",
    "write_refused": "this process (uid {uid}, gid {gid}) may not write {path}: {owner}.",
    "write_refused_despite_mode": (
        "this process (uid {uid}, gid {gid}) may not write {path} although its mode would allow it."
    ),
    "write_value": "Write the value into it.",
}
