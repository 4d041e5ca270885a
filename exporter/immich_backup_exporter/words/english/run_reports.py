"""Why the bytes of a run report are not believed."""

TEXTS = {
    "bad_check_part": "The report's check_part is none of: n/t, sample, filtered.",
    "bad_choice": "The report's {field} is none of: {known}.",
    "bad_flag": "The report's {field} is neither true nor false.",
    "bad_job": "The report's job is not a name of 1 to 64 letters, digits, '_', '-' and '.'.",
    "bad_number": "The report's {field} is not a number from {least} to {most}.",
    "bad_parent_id": "The report's parent_id is not the id of a snapshot.",
    "bad_run_id": "The report's run_id is not 32 lower-case hexadecimal digits.",
    "bad_snapshot_ids": "The report's {field} are not a list of at most {most} ids of snapshots.",
    "bad_text": "The report's {field} is not a text of at most {longest} printable characters.",
    "bad_time": "The report's {field} is not a time with its UTC offset.",
    "bad_whole_number": "The report's {field} is not a whole number from {least} to {most}.",
    "known": "The report was known already; it counts once.",
    "newer_version": "The report was written by a newer version of this program; update the agent.",
    "no_ended": "The report of an end lacks its time: ended is missing.",
    "no_event": "The report's event is missing: start, beat or end.",
    "no_exit_code": "The address must say how the run ended: ?exit_code=N, once, a whole number from 0 to 255, or ?outcome=skipped.",
    "no_outcome": "The report of an end says neither exit_code nor stated_outcome.",
    "no_started": "The report of a start lacks its time: started is missing.",
    "no_token": "The push token is missing: send the header `Authorization: Bearer TOKEN`.",
    "no_version": "The report's version is missing: version must be 1.",
    "not_json": "The report is not one whole JSON text in UTF-8.",
    "not_kept": "The report counts, but the agent cannot write it down now; send it again.",
    "not_object": "The report is not a JSON object.",
    "not_taken": (
        "Run reports are not taken: set `push.token_file` in the agent's configuration to a file with a token."
    ),
    "outcome_contradicts": "The report's stated_outcome contradicts its exit_code: leave one of them out.",
    "signal_contradicts": (
        "The report's signal contradicts its exit_code, which is 128 + n where signal n ended the run."
    ),
    "stated_crashed": "The report's stated_outcome is crashed, which a run cannot report of itself.",
    "taken": "The report was taken in.",
    "too_large": "The report is larger than {limit} bytes.",
    "undeclared": "No job of that name is declared; declare it under `jobs` in the agent's configuration.",
    "wrong_token": "The push token is wrong.",
}
