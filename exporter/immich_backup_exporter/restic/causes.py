"""Every way in which reading a repository fails, in words for a person. Nothing here is restic's own text."""

from dataclasses import dataclass

from immich_backup_exporter.domain.errors import FailureReason, RepositoryError


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A failure, and what to do about it."""

    reason: FailureReason
    sentence: str
    next_step: str
    transient: bool = False

    def error(self) -> RepositoryError:
        return RepositoryError(self.reason, self.sentence, self.next_step, transient=self.transient)


WRONG_PASSWORD = Cause(
    reason=FailureReason.WRONG_PASSWORD,
    sentence="The password opens none of the repository's keys.",
    next_step="Set the password that the repository was made with, or one that `restic key add` gave it.",
)
NOT_FOUND = Cause(
    reason=FailureReason.NOT_FOUND,
    sentence="There is no restic repository at the configured place.",
    next_step="Check the address, and whether the disk or share that holds it is mounted.",
)
DAMAGED = Cause(
    reason=FailureReason.DAMAGED,
    sentence="The repository's config file or one of its keys is damaged.",
    next_step="Run `restic check`; restore `config` and `keys` from a copy of the repository if you have one.",
)
CONFIG_GONE = Cause(
    reason=FailureReason.DAMAGED,
    sentence="The repository's config file is gone although there are snapshots in it.",
    next_step="Restore `config` from a copy of the repository; nothing in it can be read without it.",
)
KEYS_GONE = Cause(
    reason=FailureReason.DAMAGED,
    sentence="The repository has no key file left, so no password opens it.",
    next_step="Restore the folder `keys` from a copy of the repository; nothing in it can be read without one.",
)
PERMISSION = Cause(
    reason=FailureReason.PERMISSION,
    sentence="restic may not read the repository's files.",
    next_step="Run the agent as the user who makes the backups, or give it the capability DAC_READ_SEARCH.",
)
UNAUTHORIZED = Cause(
    reason=FailureReason.UNAUTHORIZED,
    sentence="The storage refuses the credentials.",
    next_step="Check the user and the secret in the repository's settings, and what they are allowed to read.",
)
UNREACHABLE = Cause(
    reason=FailureReason.UNREACHABLE,
    sentence="The storage cannot be reached.",
    next_step="Check that the server runs, its name and port, and the network between.",
    transient=True,
)
SERVER_ERROR = Cause(
    reason=FailureReason.UNREACHABLE,
    sentence="The storage's server answers with an error of its own.",
    next_step="Look into the server's log.",
    transient=True,
)
CERTIFICATE = Cause(
    reason=FailureReason.UNREACHABLE,
    sentence="The server's certificate is not trusted.",
    next_step="Name its authority in RESTIC_CACERT of the repository's environment, or renew the certificate.",
)
NO_TLS = Cause(
    reason=FailureReason.UNREACHABLE,
    sentence="The server does not speak TLS at this port, or not the same as restic.",
    next_step="Check whether the address should begin with http or https, and the port.",
)
TIMEOUT = Cause(
    reason=FailureReason.TIMEOUT,
    sentence="The storage did not answer in time.",
    next_step="Check that the server runs, and the network between; a mount that hangs does the same.",
    transient=True,
)
RESTIC_MISSING = Cause(
    reason=FailureReason.RESTIC_MISSING,
    sentence="The program restic cannot be started.",
    next_step="Install restic 0.14 or newer where the agent finds it on PATH, with the permission to execute it.",
)
NONSENSE = Cause(
    reason=FailureReason.PROTOCOL,
    sentence="restic printed something that cannot be understood.",
    next_step="Check that the program called restic is restic 0.14 or newer.",
    transient=True,
)
SNAPSHOT_GONE = Cause(
    reason=FailureReason.UNKNOWN,
    sentence="A snapshot that was to be sized is not in the repository any more, or cannot be read.",
    next_step="Nothing, if it was forgotten a moment ago; else run `restic check`.",
    transient=True,
)
LOCKED = Cause(
    reason=FailureReason.UNKNOWN,
    sentence="restic could not get at the repository because of a lock.",
    next_step="Nothing, if another restic is at work; else see `restic unlock`.",
    transient=True,
)
PASSWORD_UNREADABLE = Cause(
    reason=FailureReason.PERMISSION,
    sentence="restic cannot read the file that `password_file` names.",
    next_step="Check that it is there and that the agent's user may read it.",
)
PASSWORD_COMMAND = Cause(
    reason=FailureReason.WRONG_PASSWORD,
    sentence="The command that `password_command` names failed.",
    next_step="Run it by hand as the agent's user; the agent hands it no more than PATH, HOME and its like.",
)
NO_PASSWORD = Cause(
    reason=FailureReason.WRONG_PASSWORD,
    sentence="The password is empty, or none is configured.",
    next_step="Set `password_file` (or `password`, `password_command`) for the repository.",
)
DATA_GONE = Cause(
    reason=FailureReason.DAMAGED,
    sentence="Data that a snapshot refers to is not in the repository.",
    next_step="Nothing, if somebody prunes right now; else run `restic check`.",
    transient=True,
)
CERTIFICATE_FILE = Cause(
    reason=FailureReason.PERMISSION,
    sentence="restic cannot read the file that RESTIC_CACERT or RESTIC_TLS_CLIENT_CERT names.",
    next_step="Check that it is there, holds PEM, and that the agent's user may read it.",
)
NO_CREDENTIALS = Cause(
    reason=FailureReason.UNAUTHORIZED,
    sentence="The storage's credentials are missing.",
    next_step="Set them in the repository's `environment`, as restic's manual names them for this backend.",
)
HOST_KEY = Cause(
    reason=FailureReason.UNAUTHORIZED,
    sentence="The SSH server's host key is not known, or has changed.",
    next_step="Add it to the `known_hosts` of the agent's user after you compared it.",
)
HELPER_MISSING = Cause(
    reason=FailureReason.RESTIC_MISSING,
    sentence="restic needs another program for this backend (rclone or ssh) and cannot start it.",
    next_step="Install it where the agent finds it on PATH.",
)
RCLONE_REMOTE = Cause(
    reason=FailureReason.NOT_FOUND,
    sentence="rclone does not know the remote that the repository's address names.",
    next_step="Check rclone's configuration as the agent's user, or name it with RCLONE_CONFIG.",
)
ADDRESS = Cause(
    reason=FailureReason.PROTOCOL,
    sentence="restic does not understand the repository's address.",
    next_step="Check it against restic's manual, and whether this restic knows the backend.",
)
FORMAT = Cause(
    reason=FailureReason.PROTOCOL,
    sentence="This restic is too old for the format of the repository.",
    next_step="Install a newer restic for the agent.",
)
FLAGS = Cause(
    reason=FailureReason.PROTOCOL,
    sentence="This restic does not know a command or flag that the agent needs.",
    next_step="Install restic 0.14 or newer.",
)
GARBAGE = Cause(
    reason=FailureReason.PROTOCOL,
    sentence="The server's answer is not one of a restic repository server.",
    next_step="Check the address: something else may be listening there.",
)
FULL = Cause(
    reason=FailureReason.UNKNOWN,
    sentence="The disk with restic's cache or temporary files is full.",
    next_step="Make room on it.",
    transient=True,
)
UNSTARTABLE = Cause(
    reason=FailureReason.UNKNOWN,
    sentence="The system cannot start another process.",
    next_step="Check the limits on processes and memory of the agent's user, service or container.",
    transient=True,
)
SECRETS_HANG = Cause(
    reason=FailureReason.TIMEOUT,
    sentence="Reading the files with the repository's secrets takes forever.",
    next_step="Check the mount that they are on.",
    transient=True,
)
ENDED = Cause(
    reason=FailureReason.UNKNOWN,
    sentence="The agent ended restic because it stops or reloads.",
    next_step="Nothing: it asks again.",
    transient=True,
)
