"""The dumps of Immich's database on the live disk."""

TEXTS = {
    "age": "{dump} is {age} old.",
    "age_and_limit": "{dump} is {age} old; the limit is {limit}.",
    "being_made": "One is being made, last written to {age:ago}.",
    "newest": "The newest dump",
    "newest_whole": "The newest dump that is whole",
    "none": "There is none, after {wait}.",
    "none_now": "There is none. This check cannot remember since when one is expected, so it does not wait for one.",
    "none_read_yet": "No dump has been read to its end yet.",
    "none_step": "Turn the database dump on in Immich's administration settings, and run it once.",
    "none_unfinished": "None is unfinished.",
    "none_unverified": "None has waited to be read for longer than an hour.",
    "none_yet": "There is none yet; one is expected by {time}.",
    "number": "There {dumps:is # dump|are # dumps}.",
    "out_of_sight": "The folder cannot be looked at.",
    "out_of_sight_step": "Let the agent read the folder.",
    "size": "The newest dump has {size}.",
    "size_of_the_usual": "The newest dump has {size}, {share} of the usual.",
    "small_step": (
        "See whether another database was dumped. If it was intended, run `immich-backup-exporter accept --dump`."
    ),
    "stale_step": "See in Immich's administration settings whether dumps are on, and in its log why none was made.",
    "unfinished": "One that is still named .tmp was last written to {age:ago}.",
    "unfinished_step": (
        "See whether the dump still runs and whether the disk is full; else delete the file and run a dump."
    ),
    "unverified": "{dumps:# finished dump|# finished dumps} could not be read for an hour.",
    "unverified_step": "Let the agent read the files; try to restore by hand what is beyond its limits.",
    "whole": "The newest dump that was read is whole.",
    "would_not_restore": "The newest dump would not restore.",
    "would_not_restore_step": "Run a dump in Immich and see that it is whole; keep the older ones that are.",
}
