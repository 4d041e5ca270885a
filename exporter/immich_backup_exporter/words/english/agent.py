"""The agent itself."""

TEXTS = {
    "check_failed": "This check itself failed with an unexpected {kind}.",
    "check_failed_step": "This is a defect of immich-backup-exporter; please report it.",
    "config_in_force": "The configuration in force was read {age:ago}.",
    "config_refused": "The new configuration was refused; the one from {age:ago} stays in force.",
    "config_refused_step": "Run `immich-backup-exporter config check`, fix what it names, and reload.",
    "restarting": (
        "It was started {starts:# time|# times} within the last hour; what takes long may never be read to its end."
    ),
    "restarting_step": "Look in its log, and in the log of what starts it, for why it ends.",
    "started": "It was started {age:ago}.",
    "state_failing": "It has not been able to store what it learns for {duration}; it tries again every few seconds.",
    "state_not_writable": (
        "Nothing could be written to the state folder for {duration}; what the agent learns now is lost when it ends."
    ),
    "state_not_writable_step": ("See whether that disk is full or read-only, and whether the folder is still there."),
    "state_written": "It stores what it learns, since {since}.",
}
