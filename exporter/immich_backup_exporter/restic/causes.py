"""Every way in which reading a repository fails, and what to do about it. Nothing here is restic's own text."""

from dataclasses import dataclass

from immich_backup_exporter.domain.errors import FailureReason, RepositoryError
from immich_backup_exporter.domain.messages import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A failure, and what to do about it."""

    reason: FailureReason
    message: Message
    next_step: Message
    transient: bool = False

    def error(self) -> RepositoryError:
        return RepositoryError(self.reason, self.message, self.next_step, transient=self.transient)


WRONG_PASSWORD = Cause(
    reason=FailureReason.WRONG_PASSWORD,
    message=Message("restic.wrong_password"),
    next_step=Message("restic.wrong_password_step"),
)
NOT_FOUND = Cause(
    reason=FailureReason.NOT_FOUND,
    message=Message("restic.not_found"),
    next_step=Message("restic.not_found_step"),
)
DAMAGED = Cause(
    reason=FailureReason.DAMAGED,
    message=Message("restic.damaged"),
    next_step=Message("restic.damaged_step"),
)
CONFIG_GONE = Cause(
    reason=FailureReason.DAMAGED,
    message=Message("restic.config_gone"),
    next_step=Message("restic.config_gone_step"),
)
KEYS_GONE = Cause(
    reason=FailureReason.DAMAGED,
    message=Message("restic.keys_gone"),
    next_step=Message("restic.keys_gone_step"),
)
PERMISSION = Cause(
    reason=FailureReason.PERMISSION,
    message=Message("restic.permission"),
    next_step=Message("restic.permission_step"),
)
UNAUTHORIZED = Cause(
    reason=FailureReason.UNAUTHORIZED,
    message=Message("restic.unauthorized"),
    next_step=Message("restic.unauthorized_step"),
)
UNREACHABLE = Cause(
    reason=FailureReason.UNREACHABLE,
    message=Message("restic.unreachable"),
    next_step=Message("restic.unreachable_step"),
    transient=True,
)
SERVER_ERROR = Cause(
    reason=FailureReason.UNREACHABLE,
    message=Message("restic.server_error"),
    next_step=Message("restic.server_error_step"),
    transient=True,
)
CERTIFICATE = Cause(
    reason=FailureReason.UNREACHABLE,
    message=Message("restic.certificate"),
    next_step=Message("restic.certificate_step"),
)
NO_TLS = Cause(
    reason=FailureReason.UNREACHABLE,
    message=Message("restic.no_tls"),
    next_step=Message("restic.no_tls_step"),
)
TIMEOUT = Cause(
    reason=FailureReason.TIMEOUT,
    message=Message("restic.timeout"),
    next_step=Message("restic.timeout_step"),
    transient=True,
)
RESTIC_MISSING = Cause(
    reason=FailureReason.RESTIC_MISSING,
    message=Message("restic.restic_missing"),
    next_step=Message("restic.restic_missing_step"),
)
NONSENSE = Cause(
    reason=FailureReason.PROTOCOL,
    message=Message("restic.nonsense"),
    next_step=Message("restic.nonsense_step"),
    transient=True,
)
SNAPSHOT_GONE = Cause(
    reason=FailureReason.UNKNOWN,
    message=Message("restic.snapshot_gone"),
    next_step=Message("restic.snapshot_gone_step"),
    transient=True,
)
LOCKED = Cause(
    reason=FailureReason.UNKNOWN,
    message=Message("restic.locked"),
    next_step=Message("restic.locked_step"),
    transient=True,
)
PASSWORD_UNREADABLE = Cause(
    reason=FailureReason.PERMISSION,
    message=Message("restic.password_unreadable"),
    next_step=Message("restic.password_unreadable_step"),
)
PASSWORD_COMMAND = Cause(
    reason=FailureReason.WRONG_PASSWORD,
    message=Message("restic.password_command"),
    next_step=Message("restic.password_command_step"),
)
NO_PASSWORD = Cause(
    reason=FailureReason.WRONG_PASSWORD,
    message=Message("restic.no_password"),
    next_step=Message("restic.no_password_step"),
)
DATA_GONE = Cause(
    reason=FailureReason.DAMAGED,
    message=Message("restic.data_gone"),
    next_step=Message("restic.data_gone_step"),
    transient=True,
)
CERTIFICATE_FILE = Cause(
    reason=FailureReason.PERMISSION,
    message=Message("restic.certificate_file"),
    next_step=Message("restic.certificate_file_step"),
)
NO_CREDENTIALS = Cause(
    reason=FailureReason.UNAUTHORIZED,
    message=Message("restic.no_credentials"),
    next_step=Message("restic.no_credentials_step"),
)
HOST_KEY = Cause(
    reason=FailureReason.UNAUTHORIZED,
    message=Message("restic.host_key"),
    next_step=Message("restic.host_key_step"),
)
HELPER_MISSING = Cause(
    reason=FailureReason.RESTIC_MISSING,
    message=Message("restic.helper_missing"),
    next_step=Message("restic.helper_missing_step"),
)
RCLONE_REMOTE = Cause(
    reason=FailureReason.NOT_FOUND,
    message=Message("restic.rclone_remote"),
    next_step=Message("restic.rclone_remote_step"),
)
ADDRESS = Cause(
    reason=FailureReason.PROTOCOL,
    message=Message("restic.address"),
    next_step=Message("restic.address_step"),
)
FORMAT = Cause(
    reason=FailureReason.PROTOCOL,
    message=Message("restic.format"),
    next_step=Message("restic.format_step"),
)
FLAGS = Cause(
    reason=FailureReason.PROTOCOL,
    message=Message("restic.flags"),
    next_step=Message("restic.flags_step"),
)
GARBAGE = Cause(
    reason=FailureReason.PROTOCOL,
    message=Message("restic.garbage"),
    next_step=Message("restic.garbage_step"),
)
FULL = Cause(
    reason=FailureReason.UNKNOWN,
    message=Message("restic.full"),
    next_step=Message("restic.full_step"),
    transient=True,
)
UNSTARTABLE = Cause(
    reason=FailureReason.UNKNOWN,
    message=Message("restic.unstartable"),
    next_step=Message("restic.unstartable_step"),
    transient=True,
)
SECRETS_HANG = Cause(
    reason=FailureReason.TIMEOUT,
    message=Message("restic.secrets_hang"),
    next_step=Message("restic.secrets_hang_step"),
    transient=True,
)
ENDED = Cause(
    reason=FailureReason.UNKNOWN,
    message=Message("restic.ended"),
    next_step=Message("restic.ended_step"),
    transient=True,
)
