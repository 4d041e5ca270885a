"""What the log says of the upload location and its dumps."""

TEXTS = {
    "accepted": "the size of the newest was accepted as usual.",
    "dumps": "database dumps",
    "folder": "the dump folder",
    "folder_hangs": "the dump folder did not answer within {deadline}.",
    "folder_hangs_step": "Look at the disk or network mount that it is on.",
    "folder_unmounted": "the dump folder is empty and its marker is gone.",
    "folder_unmounted_step": "Mount the disk it is on.",
    "marker_missing": "the marker .immich cannot be read in {folders}.",
    "marker_missing_step": (
        "Mount the disk, or let the agent read the folder: without the marker a folder counts as a missing disk."
    ),
    "markers": "every folder's marker",
    "more_names": ", ...",
    "newest": "the newest dump",
    "skipped": (
        "{files:# file|# files} named like a dump {files:is no regular file and was|are no regular files and were} "
        "not looked at: {names}{more}"
    ),
    "upload_location": "upload location",
}
