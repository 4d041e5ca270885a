"""The file of --web.config.file."""

TEXTS = {
    "at": "--web.config.file: {problem}",
    "bad_burst": "is not a whole number.",
    "bad_interval": "is not a duration such as 1s or 250ms; 0 turns the limit off.",
    "bad_user": "is not a user name: it is empty or holds a colon.",
    "both_set": "and {name}_file are both set; keep one.",
    "burst_zero": "must be at least 1, otherwise no request would ever be answered.",
    "client_ca_without_auth": "is set but client_auth_type asks no client for a certificate.",
    "curve_not_offered": (
        "tls_server_config.curve_preferences: this Python and its OpenSSL cannot choose {curve}; "
        "leave the key out, which allows X25519 among others, or name CurveP256."
    ),
    "header_not_ascii": "must be one line of printable ASCII.",
    "key": "{key}: {problem}",
    "key_of_another": "{key}: does not belong to the certificate.",
    "key_twice": "has one key twice",
    "key_with_passphrase": "{key}: is protected by a passphrase; give the agent an unprotected key.",
    "last_good_kept": "The last good web configuration stays in use.",
    "near_line": "{problem} near line {line}.",
    "no_bcrypt": "is not a bcrypt hash; make one with `htpasswd -nBC 10 NAME`.",
    "no_certificate": "is missing; TLS needs a certificate and its key.",
    "no_choice": "must be {choices:or}.",
    "no_cipher_offered": (
        "tls_server_config.cipher_suites: this machine's OpenSSL offers none of them; name others or none."
    ),
    "no_client_ca": "is missing; {auth} needs to know whose certificates are good.",
    "no_flag": "must be true or false.",
    "no_list": "expects a list.",
    "no_pem": "{key}: holds no certificate in PEM.",
    "no_section": "expects keys and values.",
    "no_value": "expects one value.",
    "no_version_left": "{version} leaves no version of TLS to speak.",
    "not_utf_8": "is not UTF-8 text.",
    "not_yaml": "is not valid YAML",
    "old_tls": "TLS 1.0 and 1.1 are broken and not offered; use TLS12 or TLS13.",
    "pem_unreadable": "{key}: cannot be read: {reason}.",
    "sans_without_auth": "needs client_auth_type RequireAndVerifyClientCert.",
    "several_curves": "only one curve can be chosen; name one, or none for OpenSSL's choice.",
    "the_file": "the file",
    "tls_turned": "turning TLS on or off needs a restart.",
    "unknown_cipher": "{value} is not one of Go's secure cipher suites.",
    "unknown_curve": "{value} is not one of {known}.",
    "unknown_key": "is not a known key.",
    "unreadable": "cannot be read: {reason}.",
    "unusable_pem": "{key}: this or the key is not usable PEM.",
    "unverified_auth": (
        "{value} asks for a certificate without verifying it, which this agent cannot do; "
        "use RequireAndVerifyClientCert with a client_ca_file."
    ),
    "whole_file": "{problem}.",
}
