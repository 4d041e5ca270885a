"""The texts are what restic 0.14.0, 0.18.0 and 0.19.1 print (addresses changed), those of cloud providers excepted."""

import pytest

from immich_backup_exporter.domain.errors import FailureReason
from immich_backup_exporter.restic import errors
from support.words import english

HINT = "\nIs there a repository at the following location?\n/srv/s3cret\n"
RETRY = "Stat(<config/>) returned error, retrying after 1.287341101s: "


@pytest.mark.parametrize(
    ("code", "stderr", "reason"),
    [
        (1, "Fatal: wrong password or no key found\n", "wrong_password"),
        (
            12,
            '{"message_type":"exit_error","code":12,"message":"Fatal: wrong password or no key found"}',
            "wrong_password",
        ),
        (1, "Fatal: an empty password is not a password", "wrong_password"),
        (
            1,
            '{"message_type":"exit_error","code":1,"message":"Fatal: an empty password is not allowed by default."}',
            "wrong_password",
        ),
        (1, "oh s3cret\nResolving password failed: exit status 3", "wrong_password"),
        (1, 'Resolving password failed: exec: "s3cret": executable file not found in $PATH', "wrong_password"),
        (1, "Resolving password failed: Fatal: /s3cret does not exist", "permission"),
        (1, "Resolving password failed: Readfile: open /s3cret: permission denied", "permission"),
        (
            1,
            "Fatal: unable to open config file: stat /srv/s3cret/config: no such file or directory" + HINT,
            "not_found",
        ),
        (10, '{"message_type":"exit_error","code":10,"message":"Fatal: repository does not exist"}', "not_found"),
        (1, "Fatal: unable to open config file: <config/> does not exist" + HINT, "not_found"),
        (1, RETRY + "Stat: The specified bucket does not exist", "not_found"),
        (1, "Fatal: unable to open repository at w: ReadDir: open w/keys: permission denied", "permission"),
        (
            1,
            '{"message_type":"exit_error","message":"stat w/config: permission denied\\nIs there a repository"}',
            "permission",
        ),
        (1, "Fatal: unable to read root certificate: open /s3cret: permission denied", "permission"),
        (
            1,
            "Fatal: unable to open config file: unexpected HTTP response (401): 401 Unauthorized" + HINT,
            "unauthorized",
        ),
        (1, "Fatal: unable to open config file: unexpected HTTP response (403): 403 Forbidden" + HINT, "unauthorized"),
        (1, "Fatal: unable to open config file: Stat: Access Denied." + HINT, "unauthorized"),
        (1, "Stat: The request signature we calculated does not match the signature you provided.", "unauthorized"),
        (1, "Stat: The AWS Access Key Id you provided does not exist in our records.", "unauthorized"),
        (1, "b2_authorize_account: 401: bad_auth_token", "unauthorized"),
        (1, "Fatal: unable to open repository at s3:x: s3.getCredentials: no credentials found. Use", "unauthorized"),
        (1, "Fatal: unable to open B2 backend: Account ID ($B2_ACCOUNT_ID) is empty", "unauthorized"),
        (1, "getStorageClient: google: could not find default credentials. See https://x", "unauthorized"),
        (1, "Fatal: unable to open repository at azure:c: no azure authentication information found", "unauthorized"),
        (1, "conn.Authenticate: Can't find AuthVersion in AuthUrl - set explicitly", "unauthorized"),
        (
            1,
            "subprocess ssh: me@s3cret: Permission denied (publickey).\nFatal: unable to start the sftp session",
            "unauthorized",
        ),
        (1, "subprocess ssh: Host key verification failed.\nFatal: unable to start the sftp session", "unauthorized"),
        (1, "subprocess ssh: ssh: connect to host h port 22: Connection refused\nFatal: error: EOF", "unreachable"),
        (1, "subprocess ssh: ssh: Could not resolve hostname h: Name or service not known\nFatal: EOF", "unreachable"),
        (1, "Fatal: unable to open repository at sftp:h:/x: unable to start the sftp session", "unreachable"),
        (1, "unable to start the sftp session, error: server unexpectedly closed connection", "unreachable"),
        (1, "Fatal: unable to open config file: sftp: the other side unexpectedly closed it" + HINT, "unreachable"),
        (
            1,
            'Fatal: unable to start the sftp session: exec: "ssh": executable file not found in $PATH',
            "restic_missing",
        ),
        (
            1,
            'client.Head: Head "http://s3cret/config": dial tcp 127.0.0.1:1: connect: connection refused' + HINT,
            "unreachable",
        ),
        (1, "dial tcp: lookup s3cret.invalid on 10.0.0.53:53: no such host" + HINT, "unreachable"),
        (1, "tls: failed to verify certificate: x509: certificate signed by unknown authority" + HINT, "unreachable"),
        (1, "tls: first record does not look like a TLS handshake" + HINT, "unreachable"),
        (
            1,
            "Fatal: unable to open config file: unexpected HTTP response (500): 500 Internal Server Error",
            "unreachable",
        ),
        (1, "dial tcp 10.0.0.1:443: i/o timeout", "timeout"),
        (1, "config or key 9114eb83 is damaged: ciphertext verification failed", "damaged"),
        (1, "Fatal: config cannot be loaded: nonce is invalid", "damaged"),
        (
            1,
            "config file has zero size, invalid repository?\nmain.open\n\tgithub.com/restic/restic/x.go:760",
            "damaged",
        ),
        (1, "Fatal: Unmarshal: invalid character 'x' looking for beginning of value", "damaged"),
        (1, "Fatal: LoadRaw(<key/9114eb83cc>): invalid data returned", "damaged"),
        (
            1,
            "error walking snapshot: ReadFull(<data/82271427cc>): open w/data/82: no such file or directory",
            "damaged",
        ),
        (1, "error walking snapshot: walking tree 39a8: id 39a8c426 not found in repository", "damaged"),
        (1, "Fatal: List failed\nList(key) returned error, retrying: server response: 404 Not Found (404)", "damaged"),
        (
            1,
            'Fatal: unable to open repository at rclone:x: exec: "rclone": executable file not found in $PATH',
            "restic_missing",
        ),
        (
            1,
            "rclone: Failed to create file system: didn't find section in config file\nFatal: exit status 1",
            "not_found",
        ),
        (1, "Fatal: parsing repository location failed: invalid backend", "protocol"),
        (1, "Fatal: unable to open repository at x: unsupported repository version", "protocol"),
        (1, "unknown flag: --json", "protocol"),
        (1, "List(key) returned error: Decode: invalid character '<' looking for beginning of value", "protocol"),
        (11, "unable to create lock in backend: repository is already locked by PID 1", "unknown"),
        (1, "write /tmp/s3cret: no space left on device", "unknown"),
        (1, "Fatal: something s3cret" + HINT, "unknown"),
        (2, "panic: s3cret", "unknown"),
        (-9, "", "unknown"),
    ],
)
def test_what_restic_says_has_a_reason_and_never_shows(code: int, stderr: str, reason: str) -> None:
    error = errors.of_exit(code, stderr)
    assert error.reason.value == reason
    assert english(error.message).endswith(".")
    assert english(error.next_step).endswith(".")
    assert "s3cret" not in repr(error) + english(error)
    assert "Fatal" not in str(error) + english(error)


def test_a_bad_certificate_is_named_as_the_reason_it_is_unreachable() -> None:
    error = errors.of_exit(1, "x509: certificate has expired or is not yet valid")
    assert error.reason is FailureReason.UNREACHABLE
    assert "certificate" in english(error.message)
    assert not error.transient


def test_a_signal_and_an_exit_code_are_told() -> None:
    assert english(errors.of_exit(-9, "").message) == "restic was ended by signal 9."
    assert english(errors.of_exit(2, "").message) == "restic failed with exit code 2."


def test_words_in_the_address_are_no_reason() -> None:
    address = "/srv/permission denied"
    assert errors.of_exit(1, f"Fatal: odd\n{address}", hide=(address,)).reason is FailureReason.UNKNOWN
    assert errors.of_exit(1, f"Fatal: odd\n{address}").reason is FailureReason.PERMISSION


def test_trouble_with_the_cache_is_no_trouble_of_the_repository() -> None:
    stderr = "unable to open cache: mkdir /x: permission denied\nFatal: odd"
    assert errors.of_exit(1, stderr).reason is FailureReason.UNKNOWN


@pytest.mark.parametrize(
    ("stderr", "reason"),
    [
        ("", "timeout"),
        ("Stat(<config/>) returned error, retrying after 1s: Stat: oops", "timeout"),
        ("Load(<key/9114>, 0, 0) returned error, retrying after 1s: open w/keys/91: permission denied", "permission"),
        (RETRY + "dial tcp 127.0.0.1:1: connect: connection refused", "unreachable"),
        (RETRY + "unexpected HTTP response (503): 503 Service Unavailable", "unreachable"),
        ("wrong password or no key found", "timeout"),
    ],
)
def test_at_the_deadline_the_reason_is_what_restic_kept_trying_over(stderr: str, reason: str) -> None:
    assert errors.of_deadline(stderr).reason.value == reason


def test_silence_about_what_was_asked_is_a_failure_only_for_reasons_outside_of_it() -> None:
    denied = errors.of_silence(
        'Ignoring "b3c1": failed to load snapshot b3c1: open w/snapshots/b3c1: permission denied'
    )
    assert denied is not None
    assert denied.reason is FailureReason.PERMISSION
    assert errors.of_silence('Ignoring "b3c1": no matching ID found for prefix "b3c1"') is None
    assert errors.of_silence('Ignoring "b3c1": LoadRaw(<snapshot/b3c1>): invalid data returned') is None
    assert errors.of_silence("") is None


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FileNotFoundError(2, "s3cret"), "restic_missing"),
        (PermissionError(13, "s3cret"), "restic_missing"),
        (OSError(8, "Exec format error: s3cret"), "restic_missing"),
        (BlockingIOError(11, "s3cret"), "unknown"),
        (ValueError("embedded null byte in s3cret"), "unknown"),
    ],
)
def test_a_program_that_cannot_be_started_is_missing_and_a_full_system_is_not(error: Exception, reason: str) -> None:
    translated = errors.of_start(error)
    assert translated.reason.value == reason
    assert "s3cret" not in repr(translated)
