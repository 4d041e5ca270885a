"""Why a repository cannot be read, and what to do about it: ``X_step`` is the next step of ``X``."""

TEXTS = {
    "address": "restic does not understand the repository's address.",
    "address_step": "Check it against restic's manual, and whether this restic knows the backend.",
    "certificate": "The server's certificate is not trusted.",
    "certificate_file": "restic cannot read the file that RESTIC_CACERT or RESTIC_TLS_CLIENT_CERT names.",
    "certificate_file_step": "Check that it is there, holds PEM, and that the agent's user may read it.",
    "certificate_step": (
        "Name its authority in RESTIC_CACERT of the repository's environment, or renew the certificate."
    ),
    "config_gone": "The repository's config file is gone although there are snapshots in it.",
    "config_gone_step": "Restore `config` from a copy of the repository; nothing in it can be read without it.",
    "damaged": "The repository's config file or one of its keys is damaged.",
    "damaged_step": "Run `restic check`; restore `config` and `keys` from a copy of the repository if you have one.",
    "data_gone": "Data that a snapshot refers to is not in the repository.",
    "data_gone_step": "Nothing, if a prune is running now; else run `restic check`.",
    "disk_error": "The disk or share that holds the repository reports errors.",
    "disk_error_step": "Check the mount and the system's log.",
    "ended": "The agent ended restic because it stops or reloads.",
    "ended_step": "Nothing: it asks again.",
    "exit_code": "restic failed with exit code {code}.",
    "failed_step": "Run `restic snapshots` on the repository by hand, as the agent's user, and see what it says.",
    "flags": "This restic does not know a command or flag that the agent needs.",
    "flags_step": "Install restic 0.14 or newer.",
    "format": "This restic is too old for the format of the repository.",
    "format_step": "Install a newer restic for the agent.",
    "full": "The disk with restic's cache or temporary files is full.",
    "full_step": "Free some space on it.",
    "garbage": "The server's answer is not one of a restic repository server.",
    "garbage_step": "Check the address: something else may be listening there.",
    "hangs": "The disk or share that holds the repository does not answer.",
    "hangs_step": "Check the mount: one whose server is gone hangs like this.",
    "helper_missing": "restic needs another program for this backend (rclone or ssh) and cannot start it.",
    "helper_missing_step": "Install it where the agent finds it on PATH.",
    "host_key": "The SSH server's host key is not known, or has changed.",
    "host_key_step": "Compare it, then add it to the `known_hosts` of the agent's user.",
    "keys_gone": "The repository has no key file left, so no password opens it.",
    "keys_gone_step": "Restore the folder `keys` from a copy of the repository; nothing in it can be read without one.",
    "local_permission": "The repository's files cannot be read.",
    "local_permission_step": (
        "They belong to uid {owner} (the folder's mode is {mode}), the agent runs as uid {uid}: run it as their "
        "owner, or give it the capability DAC_READ_SEARCH. restic makes its files readable for their owner only."
    ),
    "local_permission_unknown_step": (
        "Not even their owner can be found out, the agent runs as uid {uid}: run it as their owner, or give it "
        "the capability DAC_READ_SEARCH. restic makes its files readable for their owner only."
    ),
    "locked": "restic could not get at the repository because of a lock.",
    "locked_step": "Nothing, if another restic is at work; else see `restic unlock`.",
    "no_credentials": "The storage's credentials are missing.",
    "no_credentials_step": (
        "Set them in the repository's `environment`, as restic's manual names them for this backend."
    ),
    "no_folder": "The repository's folder does not exist.",
    "no_folder_step": "Check the path, and whether the disk or share that holds it is mounted.",
    "no_password": "The password is empty, or none is configured.",
    "no_password_step": "Set `password_file` (or `password`, `password_command`) for the repository.",
    "no_repository": "There is no restic repository in the configured folder.",
    "no_repository_step": (
        "Check the path, and whether the disk or share is mounted: without it a mount point is empty."
    ),
    "no_snapshots_folder": "The repository has lost its folder `snapshots`.",
    "no_snapshots_folder_step": "Restore it from a copy of the repository.",
    "no_tls": "The server does not speak TLS at this port, or no version of it that restic speaks.",
    "no_tls_step": "Check whether the address should begin with http or https, and the port.",
    "nonsense": "restic printed something that cannot be understood.",
    "nonsense_step": "Check that the program called restic is restic 0.14 or newer.",
    "not_found": "There is no restic repository at the configured place.",
    "not_found_step": "Check the address, and whether the disk or share that holds it is mounted.",
    "nul": "One of the repository's settings holds a NUL character, which cannot be handed to a program.",
    "nul_step": "Check its password and the files that its `environment` names: they should be text.",
    "password_command": "The command that `password_command` names failed.",
    "password_command_step": (
        "Run it by hand as the agent's user; the agent hands it no more than PATH, HOME and its like."
    ),
    "password_unreadable": "restic cannot read the file that `password_file` names.",
    "password_unreadable_step": "Check that it is there and that the agent's user may read it.",
    "permission": "restic is not allowed to read the repository's files.",
    "permission_step": "Run the agent as the user who makes the backups, or give it the capability DAC_READ_SEARCH.",
    "proxy": "The proxy cannot be reached, refuses, or is of a kind that the agent does not know.",
    "proxy_step": "Check HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the agent and of the repository's environment.",
    "rclone_remote": "rclone does not know the remote that the repository's address names.",
    "rclone_remote_step": "Check rclone's configuration as the agent's user, or name it with RCLONE_CONFIG.",
    "redirected": (
        "The server sends the request on to another address, and the agent does not follow with the credentials."
    ),
    "redirected_step": "Configure the address that it sends to, if it is the right one.",
    "restic_missing": "The program restic cannot be started.",
    "restic_missing_step": (
        "Install restic 0.14 or newer where the agent finds it on PATH, with the permission to execute it."
    ),
    "secrets_hang": "Reading the files with the repository's secrets does not end.",
    "secrets_hang_step": "Check the mount that they are on.",
    "server_error": "The storage's server answers with an error of its own.",
    "server_error_step": "Look at the server's log.",
    "setting_file_gone": "The file that {setting} names does not exist.",
    "setting_file_step": "Check the path, and that the agent's user may read the file.",
    "setting_file_unreadable": "The file that {setting} names cannot be read.",
    "signal": "restic was ended by signal {signal}.",
    "snapshot_gone": "A snapshot whose size was asked for is not in the repository any more, or cannot be read.",
    "snapshot_gone_step": "Nothing, if it was forgotten a moment ago; else run `restic check`.",
    "timeout": "The storage did not answer in time.",
    "timeout_step": "Check that the server runs, and the network between; a mount that hangs does the same.",
    "unauthorized": "The storage refuses the credentials.",
    "unauthorized_step": (
        "Check the user and the secret in the repository's settings, and what they are allowed to read."
    ),
    "unreachable": "The storage cannot be reached.",
    "unreachable_step": "Check that the server runs, its name and port, and the network to it.",
    "unstartable": "The system cannot start another process.",
    "unstartable_step": "Check the limits on processes and memory of the agent's user, service or container.",
    "wrong_password": "The password opens none of the repository's keys.",
    "wrong_password_step": (
        "Set the password that the repository was made with, or one that `restic key add` gave it."
    ),
}
