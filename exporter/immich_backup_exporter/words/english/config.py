"""The configuration as a whole: where a problem stands, keys, names that refer to each other, warnings."""

TEXTS = {
    "a_plan": "plan",
    "a_plan_of": "plan of `{repository}`",
    "a_repository": "repository",
    "at": "{place}: {problem}",
    "excluding": "{keys:and} exclude each other; keep one of them",
    "ignored": (
        "{keys:and} {count:is|are} declared, but this version does not {lacks} yet; {count:it is|they are} ignored."
    ),
    "in_column": "{file} line {line} column {column}",
    "in_line": "{file} line {line}",
    "key_in": "{origin}, {key}",
    "missing": "is missing; add it",
    "mistyped_key": "is not a known key; did you mean {guess}?",
    "mistyped_name": "{name} is not a declared {what}; did you mean {guess}?",
    "more": "{count} more",
    "must_be_list": "must be a list; write it as [one, two]",
    "must_be_section": "must be a section with keys below it; write them as `key: value`, indented",
    "no_location": "does not say where the repository is; set `repository` or `repository_file`",
    "no_name_of_a_key": "is not the name of a key; write `key: value` with a space after the colon",
    "no_password": "has no password; set `password_file`, `password_command` or `password` here or under `defaults`",
    "no_restic_password": "has no password; set RESTIC_PASSWORD_FILE, RESTIC_PASSWORD_COMMAND or RESTIC_PASSWORD",
    "note": "note: {note}",
    "nothing": (
        "no repository is declared; give a YAML file with --config.file; "
        "or set IMMICH_BACKUP_REPOSITORIES__NAME__REPOSITORY and IMMICH_BACKUP_REPOSITORIES__NAME__PASSWORD_FILE; "
        "or set restic's own RESTIC_REPOSITORY and RESTIC_PASSWORD_FILE"
    ),
    "nothing_declared": "{name} is not a declared {what}; declare it under `repositories`",
    "nothing_in_file": "no repository is declared; add one under `repositories`",
    "only_dumps": "No repository is declared under `repositories`: only the dumps are watched.",
    "only_file": "may only hold `file`; write the value in quotes, or {{file: PATH}}",
    "paired_with_itself": "{plan} is this very plan; name the plan that holds the other part",
    "partner_lacks_too": "{plan} lacks the {part} as this plan does; name a plan that holds the {part}",
    "plan_without_repository": "belongs to no repository; set `repository` too",
    "restic_variable_ignored": (
        "{variable} is ignored, because there is a configuration file or IMMICH_BACKUP_REPOSITORIES."
    ),
    "run_drills": "run drills",
    "same_place": "The repositories {repositories:and} are at the same place: one is not a second copy of the other.",
    "state_dir_moved": "state_dir: cannot change while the agent runs; restart it.",
    "the_configuration": "the configuration",
    "undeclared": "{name} is not a declared {what}; declared: {declared}",
    "unknown_key": "is not a known key; use one of {known}",
    "unreachable_too_soon": (
        "`repositories.{repository}.unreachable_after` is not longer than its `poll_interval`: "
        "one failed look counts as unreachable. Set it to at least twice the interval."
    ),
    "unusable": "cannot be used; see `immich-backup-exporter config schema` for what belongs here",
    "upload_location_taken": "`immich.upload_location` is not set and was taken from the variable UPLOAD_LOCATION.",
    "url_file_forbidden": "this user may not read the file; `config check --probe` tells who may",
    "url_file_is_folder": "is a folder; give the path of a file",
    "url_file_missing": "the file does not exist; check the path",
    "url_file_no_text": "the file cannot be read as text; write only the repository's path or URL into it",
    "url_file_refused": "the file holds no repository that restic takes ({problem}); write only its path or URL",
    "usable": "The configuration can be used.",
}
