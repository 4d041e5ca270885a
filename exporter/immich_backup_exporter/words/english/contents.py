"""What is in a snapshot."""

TEXTS = {
    "assets": "The database knows {assets:# original|# originals}.",
    "assets_dropped_step": (
        "See in Immich whether they were deleted on purpose. If so, run "
        "`immich-backup-exporter accept --plan {repository}/{plan}`."
    ),
    "assets_of_the_usual": "The database knows {assets:# original|# originals} ({share} of the usual).",
    "damaged": "What the newest snapshot refers to cannot be read.",
    "damaged_step": "Prune nothing. Run `restic check --read-data`, and see what restores from another copy.",
    "dump_age": "The dump in it was {age} old when the snapshot was made.",
    "dump_finished_before": "The dump was done before the snapshot began.",
    "dump_finished_late": "The dump in the newest snapshot was finished {delay} after the snapshot began.",
    "dump_finished_late_step": "Let the backup begin after Immich's nightly dump is done.",
    "dump_not_made_yet": "There was no dump yet when the snapshot was made.",
    "dump_too_old": "The dump in it was {age} old when the snapshot was made; the limit is {limit}.",
    "dump_whole": "The dump in the newest inspected snapshot is whole.",
    "dump_would_not_restore": "The dump in the newest inspected snapshot would not restore.",
    "dump_would_not_restore_step": "Run a dump in Immich and the backup after it; keep the older snapshots.",
    "folder_empty": "The newest inspected snapshot holds no file in the folder {folder}.",
    "folder_empty_step": "See whether its disk is mounted and whether the backup includes it, and run the backup.",
    "folder_size": "The folder {folder} in it has {size}.",
    "folder_size_of_the_usual": "The folder {folder} in it has {size} ({share} of the usual).",
    "folder_small_step": (
        "See what is no longer there. If it was intended, run "
        "`immich-backup-exporter accept --plan {repository}/{plan}`."
    ),
    "folders_complete": "Every folder that must hold files does: {folders}.",
    "known": "The newest snapshot, made {age:ago}, was looked into.",
    "no_dump": "The newest inspected snapshot holds no dump of Immich's database.",
    "no_dump_step": (
        "See that the backup includes Immich's folder `backups`, and that it begins after the nightly dump is done."
    ),
    "no_folder_needed": "There is no folder that must hold files.",
    "no_originals": "The newest inspected snapshot holds no photo and no video.",
    "no_originals_step": (
        "Mount the library's disk, see that the backup includes `library` and `upload`, and run the backup."
    ),
    "not_known_yet": "The snapshot made {age:ago} has yet to be looked into.",
    "originals": "The newest inspected snapshot holds {files:# original|# originals}.",
    "originals_complete": "All {assets:,} originals that the database knows are in the snapshot.",
    "originals_gone": (
        "{gone:# original|# originals} that the database knows {gone:is|are} gone from Immich's own disk, too."
    ),
    "originals_gone_accepted": (
        "{gone:# original is|# originals are} gone from Immich's disk; {accepted:# is|# are} accepted."
    ),
    "originals_gone_step": (
        "`immich-backup-exporter check --verbose` lists them; restore them from an older snapshot, or run "
        "`immich-backup-exporter accept --plan {repository}/{plan}`."
    ),
    "originals_missing": (
        "{missing:,} of {assets:,} originals that the database knows {missing:is|are} not in the newest snapshot, "
        "for the second dump in a row."
    ),
    "originals_missing_once": (
        "{missing:,} of {assets:,} originals {missing:is|are} not in the newest snapshot: moved or deleted since the "
        "dump, or gone from Immich's disk too."
    ),
    "originals_missing_step": (
        "`immich-backup-exporter check --verbose` lists them; see why the backup leaves them out."
    ),
    "originals_size": "The originals in it have {size}.",
    "originals_size_of_the_usual": "The originals in it have {size} ({share} of the usual).",
    "paths_complete": "{paths:The required path is|All # required paths are} in it.",
    "paths_missing": "Not in the newest inspected snapshot: {paths}.",
    "paths_missing_step": "Add them to the backup, or take them out of `required_paths`.",
    "readable": "The newest snapshot could be read.",
    "unknown_for_too_long": (
        "The snapshot made {age:ago} has not been looked into, nor has any after it; the limit is {limit}."
    ),
    "unknown_step": "See the agent's log, and the settings under `inspect`.",
}
