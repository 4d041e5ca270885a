"""Immich's folders on the live disk."""

TEXTS = {
    "complete": "{folders:The only folder of Immich is|All # folders of Immich are} there.",
    "marker_missing": ("The marker file .immich cannot be read in {folders}: most likely a disk is not mounted."),
    "marker_missing_step": "Mount the disk before the next backup, or let the agent read the folder.",
    "not_looked_at": "It was not looked at.",
    "not_looked_at_step": "Ask the running agent, or use `check --fresh`.",
}
