"""What the wrapper `run` prints on standard error, and why a report was not delivered."""

TEXTS = {
    "bad_skipped_exit_code": "--skipped-exit-code is not a whole number from 1 to 255",
    "agent_failed": "the agent failed (HTTP {status})",
    "agent_out_of_reach": "the agent cannot be reached ({kind})",
    "bad_job_name": "the job's name is not 1 to 64 letters, digits, '_', '-' and '.'; not recorded",
    "bad_push_url": "a --push.url is not the URL of an agent, such as http://nas:10321",
    "cannot_record": "the run cannot be recorded ({kind})",
    "command_not_found": "{name}: command not found",
    "command_not_started": "{name}: {reason}",
    "no_command": "there is no command to run",
    "no_job": "the option --job NAME is missing",
    "no_thread_to_push": "no thread could be had to push the report",
    "not_pushed": "the report could not be pushed ({kind})",
    "not_recorded": "the run could not be recorded ({kind})",
    "option_without_value": "the option {option} lacks its value",
    "output_not_read": "the output could not be read along ({kind})",
    "output_not_watched": "the output cannot be read along ({reason})",
    "refusal_explained": "{refusal}: {said}",
    "report_not_accepted": "the agent does not accept the report (HTTP {status})",
    "report_refused": "the agent refused the report (HTTP {status})",
    "spool_hangs": "the spool folder does not answer; the run may not be recorded",
    "spool_not_written": (
        "the spool folder {folder} cannot be written: {reason}. "
        "Give `--spool-dir` (the agent's is STATE_DIR/spool) or set IMMICH_BACKUP_SPOOL_DIR"
    ),
    "token_file_unreadable": "the file of --push.token-file cannot be read",
    "unknown_option": "the option {option} is unknown",
}
