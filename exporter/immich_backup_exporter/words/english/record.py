"""Arguments of `record` that do not make a report."""

TEXTS = {
    "bad_duration": "--duration is not a number with s, m, h or d",
    "bad_exit_code": "--exit-code is not from 0 to 255",
    "bad_job": "--job is not 1 to 64 letters, digits, '_', '-' and '.'",
    "bad_snapshot": "--snapshot is not the id of a snapshot (8 to 64 hexadecimal digits)",
    "bad_time": "{option} is neither a time with its UTC offset nor Unix seconds",
    "negative_files": "--unreadable-files is negative",
    "no_outcome": "one of --exit-code, --outcome and --systemd must say how the run ended",
    "no_systemd": "--systemd works in ExecStopPost= only: $SERVICE_RESULT is not set",
    "start_and_duration": "--start and --duration cannot both be given",
}
