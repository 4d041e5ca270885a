"""Lines of the log."""

TEXTS = {
    "about": "{source}: {sentence}",
    "accept_requests": "accept requests",
    "configuration_not_in_force": "the new configuration is not in force",
    "configuration_read": "the configuration was read again",
    "configuration_refused": "the new configuration is refused, the old one stays in force",
    "defect": "{source}: an unexpected fault",
    "listening": "listening",
    "push_token": "run reports cannot be accepted",
    "starting": "starting immich-backup-exporter",
    "state_store": "the state store",
    "state_store_not_written": "it cannot be written; nothing is lost while the agent runs, and it is tried again.",
    "state_store_not_written_next": "See whether that disk is full or read-only, and whether the folder is still there.",
    "state_store_writing": "writing it",
    "stopping": "stopping",
    "unexpected_fault": "{source}: an unexpected fault; it is tried again in a few minutes",
    "unexpected_loop_fault": "an unexpected fault outside of all sources",
    "well_again": "{source}: {topic} is well again.",
}
