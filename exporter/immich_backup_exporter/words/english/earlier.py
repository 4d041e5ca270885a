"""What versions before messages found, where their sentences are not known any more."""

TEXTS = {
    "contents": "An earlier version of the agent found something about Immich's folders in this snapshot.",
    "contents_unknown": "An earlier version of the agent could not find Immich's folders in this snapshot.",
    "coverage": "An earlier version of the agent could not count the files that the database in this dump refers to.",
    "dump_invalid": "An earlier version of the agent found that this dump would not restore.",
    "dump_undecided": "An earlier version of the agent could not decide whether this dump is whole.",
}
