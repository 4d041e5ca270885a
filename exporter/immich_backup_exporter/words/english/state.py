"""The state folder, the state file, and what keeps the agent from using them. ``X_step`` is the next step of ``X``."""

TEXTS = {
    "busy_step": "Another program holds it; end that program, then start this agent again.",
    "closed": "The state store is closed.",
    "cut_off_step": "The agent was cut off while it wrote; start it once, or run this as its user.",
    "damaged": "The state file {path} is damaged.",
    "damaged_copy": "The state file {path} is damaged.",
    "damaged_copy_step": "The agent makes a new one at its next start.",
    "disk_full": "its disk is full",
    "disk_full_step": "Free some space",
    "file_not_written": "The state file {path} cannot be written",
    "folder_not_created": "The state folder {path} cannot be created",
    "folder_not_looked_at": "The state folder cannot be looked at: {error}.",
    "folder_not_looked_at_step": "Check whether it is still there.",
    "folder_not_written": "The state folder {path} cannot be written",
    "full_step": "The disk is full; free some space, then start this agent again.",
    "held": "Another agent uses the state folder {path}.",
    "held_by": "Another agent (pid {pid}) uses the state folder {path}.",
    "held_step": "Stop it, or give each agent a state_dir of its own.",
    "in_container": (
        "The state folder {path} is in the container itself: what was learned is lost with it. Mount a volume "
        "there, or set state_dir to a folder on one."
    ),
    "in_empty_dir": (
        "The state folder {path} is in an emptyDir: what was learned is lost with the pod. Mount a volume there, "
        "or set state_dir to a folder on one."
    ),
    "in_memory": (
        "The state folder {path} is in memory ({kind}): what was learned is lost at every restart. Mount a volume "
        "there, or set state_dir to a folder on one."
    ),
    "missing": "There is no state in {folder}: no agent has run with this state_dir.",
    "newer": (
        "The state file {path} has format {version}, this version of the agent knows formats up to {known}: a "
        "newer version wrote it, and it was left as it is."
    ),
    "newer_step": "Run that version again, or move the file away to start anew.",
    "no_folder": "The state folder {path} cannot be used: {existing} is not a folder.",
    "no_folder_step": "Set state_dir to a folder.",
    "no_locks": (
        "The file system of the state folder {path} cannot lock files: nothing keeps a second agent out of it. "
        "Give each agent a state_dir of its own."
    ),
    "not_allowed": "this agent runs as uid {uid} and gid {gid}, and {owner}",
    "not_allowed_step": "Run `chown -R {uid}:{gid} {quoted}`",
    "not_created_step": "Run `install -d -m 0700 -o {uid} -g {gid} {quoted}`",
    "not_looked_at": "The state file {path} cannot be looked at ({error}).",
    "not_looked_at_step": "Run this as the agent's user, or let this user look into the folder.",
    "not_opened": "The state file {path} cannot be opened ({error}).",
    "not_opened_step": "Check that its disk is in order and that this agent is allowed to write to it.",
    "not_read": "The state file {path} cannot be read ({error}).",
    "not_read_now": "The state file {path} cannot be read now.",
    "not_read_now_step": "Check that its disk is in order and that no other program holds it.",
    "not_read_step": "Check that this user is allowed to read it, and that its disk is in order.",
    "not_set_aside": "The state folder {path} holds a damaged file that cannot be set aside",
    "on_nameless_volume": (
        "The state folder {path} is on a volume without a name: a new container starts with an empty one. Give "
        "the volume a name."
    ),
    "open_to_others": (
        "The state folder {path} has mode {mode}: others than this agent can replace the state in it. Run `chmod "
        "700 {quoted}`."
    ),
    "open_to_others_foreign": (
        "The state folder {path} has mode {mode}: others than this agent can replace the state in it. Run `chown "
        "{uid}:{gid} {quoted} && chmod 700 {quoted}`."
    ),
    "other_program": "{path} is a database of another program and was left as it is.",
    "other_program_step": "Set state_dir to a folder that this agent has for itself.",
    "other_reason_step": "Look at what is there",
    "owned": "{path} belongs to uid {uid} and gid {gid} with mode {mode}",
    "owner_unknown": "is not allowed even to look there",
    "read_only": "its file system is read-only",
    "read_only_step": "Mount a writable volume there",
    "refused": "{what}: {reason}.",
    "refused_step": "{step}, or set state_dir to a folder that this agent can write.",
    "set_aside": (
        "The state file {path} was damaged. It was set aside as {name} and a new one begun: baselines, verdicts "
        "on dumps, runs of jobs and the times of first expectation start anew. Check that its disk is in order."
    ),
    "was_empty": (
        "The state file {path} was empty, as after a power cut or a start that was cut short: what was remembered "
        "is lost. A new one was begun: baselines, verdicts on dumps, runs of jobs and the times of first "
        "expectation start anew. Check that its disk is in order."
    ),
}
