"""The folder of run reports, and files in it that are not believed."""

TEXTS = {
    "cannot_list": "The spool folder cannot be listed: {reason}.",
    "cannot_open": "The spool folder cannot be opened: {reason}.",
    "create": "Create it, owned by root, with mode 2770.",
    "give_mode_and_group": "Give the spool folder mode 2770 and a group that the agent is in.",
    "make_real_folder": "Make it a real folder, mode 2770, whose group the agent is in.",
    "missing": "The spool folder does not exist.",
    "open_folders_above": "Let the agent's user or group look into the folders above it.",
    "out_of_reach": "The spool folder cannot be looked at: {reason}.",
    "remove_report": "Remove it.",
    "report_forbidden": "The report cannot be read.",
    "report_is_link": "The report is a link or not a plain file; it was not followed.",
    "report_moved": "The report is about another run than its file's name says; it was moved here.",
    "report_no_plain_file": "The report is not a plain file with one name.",
    "report_of_stranger": (
        "The report belongs to user {uid}, who is neither root, nor the agent, nor the owner of the spool folder."
    ),
    "report_too_large": "The report is larger than {limit} bytes.",
    "report_unreadable": "The report cannot be read: {reason}.",
    "report_writable": "The report can be written by others than its owner.",
    "run_as_trusted": "Let its job run as one of them.",
}
