"""URLs of repositories that restic does not take."""

TEXTS = {
    "bad_address": "the REST server's address cannot be understood: its host or port is wrong",
    "bad_scheme": "a REST server's address begins with `rest:http://` or `rest:https://`",
    "control_character": "the repository's URL holds a line break or another control character",
    "empty": "the repository's URL is empty",
    "no_host": "the REST server's address names no host",
    "no_place": "the repository's URL names no place after `{backend}:`",
    "no_unix_socket": "the REST server's address names no unix socket",
    "unix_socket_needs_http": "a REST server behind a unix socket is supported with http only",
    "unknown_backend": (
        "the repository's URL begins with a backend that restic does not know; "
        "a folder whose name has a colon needs `local:` before it"
    ),
}
