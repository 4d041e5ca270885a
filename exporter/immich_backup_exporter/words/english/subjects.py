"""What a finding is about, and what is said of several kinds of subjects."""

TEXTS = {
    "accepted": "Accepted at {time}.",
    "accepted_because": "Accepted at {time}: {reason}.",
    "agent": "agent",
    "dumps": "database dumps",
    "folder": "{plan}, folder {folder}",
    "job": "job {job}",
    "least": "At least {share} of the usual is expected.",
    "originals": "{plan}, originals",
    "paused": "Paused until {until}.",
    "plan": "plan {repository}/{plan}",
    "repositories": "repositories",
    "repository": "repository {repository}",
    "run_under_way": "A run is under way.",
    "the_dumps": "the database dumps",
    "upload_location": "upload location",
}
