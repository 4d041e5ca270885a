"""Environment variables as the configuration."""

TEXTS = {
    "injected": (
        "is not a setting; if Kubernetes injected it for a service, "
        "set `enableServiceLinks: false` in the pod, else remove it"
    ),
    "mistyped": "is not a setting; did you mean {guess}?",
    "not_json": "is not valid JSON; correct it or set the single keys",
    "section": "is a section; set its keys as {variable}__KEY, or give JSON",
    "unknown": (
        "is not a setting; two underscores separate levels, as in IMMICH_BACKUP_REPOSITORIES__NAS__PASSWORD_FILE"
    ),
}
