"""The ways in which a backup of the demo goes bad inside: what each is, and what was done."""

TEXTS = {
    "compose_left_out": "a backup without Immich's compose file and .env",
    "compose_left_out_done": (
        "A backup into `nas` was made without {folder}: photos and database are in it, but not the files that"
        " say how this Immich is run, which the configuration declares as `required_paths`."
    ),
    "database_only": "a backup of nothing but the database's dumps",
    "database_only_done": (
        "A backup into `nas` was made of the database's dumps alone: it would bring Immich back without any photo."
    ),
    "database_set_back": "the database forgot a third of the photos, as after a restore from an old dump",
    "database_set_back_done": (
        "Two complete backups into `nas` were made, so that the agent knows what is usual; then a dump and a "
        "backup of a database that was set back to an old state: every file is there, and it knows two thirds"
        " of them."
    ),
    "dump_left_out": "an exclude too many: a backup without the database's dumps",
    "dump_left_out_done": (
        "A backup into `nas` was made that excludes {folder}: the photos are in it, and the database is not."
    ),
    "external_library": "Immich shows a folder outside of its own, and no plan is declared to back it up",
    "external_library_done": (
        "A dump and a backup into `nas` were made of an Immich that also shows an external library, {photos:#"
        " photo|# photos} in {folder}. It lies outside of the upload location, and the configuration does not"
        " say which plan backs it up (`immich.external`)."
    ),
    "folder_left_out": "an exclude too many: a backup without the folder `library`",
    "folder_left_out_done": "A backup into `nas` was made that excludes {folder}; restic calls it a success.",
    "half_dump": "a backup took in a dump that was being written, and is whole on the disk by now",
    "half_dump_done": (
        "A backup into `nas` took in {dump} while it was half written. On the disk it is whole by now, and "
        "would restore; in the backup it would not."
    ),
    "library_halved": "an exclude too many: a backup with half of the photos, and with every folder",
    "library_halved_done": (
        "Two complete backups into `nas` were made, so that the agent knows what is usual; then one that "
        "excludes {patterns:and}: every folder of Immich's is in it, with half of its photos."
    ),
    "photos_gone": "photos vanished from the disk behind Immich's back, and from the backups with it",
    "photos_gone_done": (
        "The folder {folder} was moved away behind Immich's back, and two dumps and two backups into `nas` "
        "were made: the database still knows its photos. An older snapshot has them."
    ),
    "photos_left_out": "an exclude pattern leaves the videos out of two backups in a row",
    "photos_left_out_done": (
        "Two dumps and two backups into `nas` were made, and `*.mp4` was excluded from these, to save space: "
        "the database knows the videos, and the backups lack them. Under one dump that may be a coincidence; "
        "under two it is none."
    ),
    "unknown_schema": "after an update of Immich the agent does not understand its database",
    "unknown_schema_done": (
        "A dump and a backup into `nas` were made of a later Immich, which keeps its photos in a table that "
        "this agent does not know. The dump is whole; which photos it refers to is unknown, and reported as "
        "unknown. (In this demo after a minute, `inspect.max_lag`; usually after a day.)"
    ),
    "wrong_order": "the backup begins before the database's dump is done",
    "wrong_order_done": (
        "A backup into `nas` began before Immich dumped its database, and was still running when the dump was"
        " done: photos that came in between are in the dump, and not among the files."
    ),
}
