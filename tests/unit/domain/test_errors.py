"""What errors carry for people, and what they show to programmers."""

from immich_backup_exporter.domain.errors import FailureReason, RepositoryError, StoreError
from immich_backup_exporter.domain.messages import Message, sentences


def test_an_error_as_text_is_the_id_of_its_message_and_holds_no_argument() -> None:
    error = StoreError(Message("state.damaged", path="/srv/s3cret"), Message("state.held_step"))
    assert str(error) == "state.damaged"
    assert "s3cret" not in repr(error)


def test_an_error_explains_what_is_wrong_and_what_to_do() -> None:
    message, next_step = Message("restic.timeout"), Message("restic.timeout_step")
    error = RepositoryError(FailureReason.TIMEOUT, message, next_step, transient=True)
    assert error.explanation == sentences(message, next_step)


def test_an_error_without_a_next_step_explains_what_is_wrong() -> None:
    assert StoreError(Message("state.closed")).explanation == Message("state.closed")
