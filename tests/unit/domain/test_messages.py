import pickle

import pytest

from immich_backup_exporter.domain.messages import Message, sentences


def test_messages_are_the_same_by_id_and_arguments() -> None:
    assert Message("plans.old", files=1) == Message("plans.old", files=1)
    assert Message("plans.old", files=1) != Message("plans.old", files=2)
    assert Message("plans.old") != Message("plans.new")
    assert len({Message("plans.old", files=1), Message("plans.old", files=1)}) == 1


def test_a_message_does_not_change() -> None:
    with pytest.raises(AttributeError, match="a message does not change: id"):
        Message("plans.old").id = "plans.new"


def test_a_message_survives_the_way_to_another_process() -> None:
    message = Message("plans.old", inner=Message("plans.new", names=("a", "b")))
    assert pickle.loads(pickle.dumps(message)) == message  # noqa: S301 - written a moment ago


def test_its_repr_is_how_it_is_written() -> None:
    assert repr(Message("plans.old", files=1)) == "Message('plans.old', files=1)"


def test_sentences_keep_their_order() -> None:
    first, second = Message("plans.old"), Message("plans.new")
    assert sentences(first, None, second) == Message("text.sentences", parts=(first, second))
