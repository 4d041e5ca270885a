"""What the exit codes of commands mean."""

TEXTS = {
    "code": "Its exit code was {code}.",
    "code_and_meaning": "Its exit code was {code}: {meaning}.",
    "interrupted": "it was interrupted",
    "killed": "it was killed, as when memory runs out",
    "locked": "restic could not lock the repository",
    "no_repository": "restic found no repository",
    "not_executable": "the command could not be executed",
    "not_found": "the command was not found",
    "terminated": "it was asked to end",
    "wrong_password": "the password does not open the repository",
}
