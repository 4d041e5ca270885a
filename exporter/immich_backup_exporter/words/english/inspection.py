"""What is in a snapshot, and why it could not be looked into."""

TEXTS = {
    "folder_is_link": (
        "`{folder}` is a symbolic link, and restic stored the link and nothing of what it leads to: back up the "
        "folder that it leads to."
    ),
    "list_cut_off": "restic's list of files was cut off.",
    "list_malformed": "restic's list of files was not understood.",
    "live_hangs": "The live upload location does not answer.",
    "no_markers": (
        "Folders that look like Immich's are in the snapshot, but none of their markers `.immich`: back these up "
        "too, a restored server does not start without them."
    ),
    "nothing": "None of Immich's folders is in the snapshot.",
    "process_ended": "The agent's inspecting process ended unexpectedly: was there too little memory?",
    "root_is_link": (
        "What was backed up is a symbolic link, and restic stored the link and nothing of what it leads to: back "
        "up the folder that it leads to."
    ),
    "too_many_files": "The snapshot holds more files than the agent looks at.",
}
