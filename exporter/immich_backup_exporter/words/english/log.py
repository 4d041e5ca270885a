"""Lines of the log."""

TEXTS = {
    "about": "{source}: {sentence}",
    "defect": "{source}: an unexpected fault",
    "well_again": "{source}: {topic} is well again.",
}
