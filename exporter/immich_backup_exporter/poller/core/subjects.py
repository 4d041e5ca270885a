"""How the state store calls what was declared, to know since when.

A repository that moved to another place begins anew: a name that is used again never inherits what it stood for.
"""

DUMP = "dump"


def repository_subject(name: str, location: str) -> str:
    return f"repository/{name}@{location}"


def job_subject(name: str) -> str:
    return f"job/{name}"


def plan_subject(repository: str, plan: str, location: str) -> str:
    return f"plan/{repository}/{plan}@{location}"
