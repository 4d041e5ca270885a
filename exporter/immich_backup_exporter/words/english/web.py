"""The web server: where it listens, and what it answers."""

_FLAG = "--web.listen-address: "

TEXTS = {
    "address_forbidden": _FLAG + "this user may not listen on {address}; choose a port above 1023.",
    "address_in_use": _FLAG + "{address} is in use already; stop the other program or choose another port.",
    "address_of_another_machine": _FLAG + "{address} is not an address of this machine.",
    "address_refused": _FLAG + "the agent cannot listen on {address}: {reason}.",
    "bad_address": _FLAG + "{value} is not an address; write :10321, 192.0.2.1:10321 or [::1]:10321.",
    "fault": (
        "A request for {path} was not answered: {kind} at {place}. This is a fault of the agent; please report it."
    ),
    "healthy": "immich-backup-exporter is healthy.",
    "not_ready": "immich-backup-exporter is not ready: the first poll has not ended yet.",
    "not_reloaded": "Not reloaded, the old configuration stays: {problems}",
    "ready": "immich-backup-exporter is ready.",
    "reloaded": "Reloaded.",
    "reloading_off": "Reloading over HTTP is off; start with --web.enable-lifecycle.",
    "too_many_passwords": "Too many passwords are being checked; try again.",
    "too_many_requests": "Too many requests.",
    "unauthorized": "Unauthorized",
    "unknown_host": _FLAG + "{address} is a name that cannot be resolved.",
}
