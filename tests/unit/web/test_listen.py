"""Listen addresses as Prometheus writes them."""

import socket

import pytest

from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.web.listen import ListenAddress, ListenError, open_sockets, parse_address
from immich_backup_exporter.words import ENGLISH
from support.waiting import PATIENCE_SECONDS


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        (":10321", "", 10321),
        ("0.0.0.0:10321", "0.0.0.0", 10321),
        ("127.0.0.1:0", "127.0.0.1", 0),
        ("[::1]:10321", "::1", 10321),
        ("[::]:10321", "", 10321),
        ("localhost:65535", "localhost", 65535),
    ],
)
def test_an_address_is_read(text, host, port):
    assert parse_address(text) == ListenAddress(host=host, port=port)


@pytest.mark.parametrize(
    "text", ["10321", "", ":", "::1:10321", "localhost", ":65536", ":-1", ":http", "http://a:1", "[::1]10321"]
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ListenError) as caught:
        parse_address(text)
    assert ENGLISH.render(caught.value.message) == (
        f"--web.listen-address: {text!r} is not an address; write :10321, 192.0.2.1:10321 or [::1]:10321."
    )


def test_an_address_is_written_as_it_is_read():
    assert str(ListenAddress(host="::1", port=1)) == "[::1]:1"
    assert str(ListenAddress(host="", port=2)) == ":2"


def test_a_busy_port_is_refused_in_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        with pytest.raises(ListenError) as caught:
            open_sockets(["127.0.0.1:0", f"127.0.0.1:{port}"])
    assert ENGLISH.render(caught.value.message) == (
        f"--web.listen-address: 127.0.0.1:{port} is in use already; stop the other program or choose another port."
    )


def test_the_same_address_twice_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(ListenError) as caught:
        open_sockets([f"127.0.0.1:{port}", f"127.0.0.1:{port}"])
    assert caught.value.message == Message("web.address_in_use", address=f"127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("192.0.2.1:0", "192.0.2.1:0 is not an address of this machine."),
        ("no-such-host.invalid:0", "no-such-host.invalid:0 is a name that cannot be resolved."),
    ],
)
def test_an_address_of_elsewhere_is_refused(address, reason):
    with pytest.raises(ListenError) as caught:
        open_sockets([address])
    assert ENGLISH.render(caught.value.message) == f"--web.listen-address: {reason}"


def test_every_interface_means_ipv6_and_ipv4():
    (opened,) = open_sockets([":0"])
    with opened:
        port = opened.getsockname()[1]
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS).close()
        socket.create_connection(("::1", port), timeout=PATIENCE_SECONDS).close()


def test_a_machine_without_ipv6_is_served_over_ipv4(monkeypatch):
    monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: False)
    (opened,) = open_sockets([":0"])
    with opened:
        assert opened.family == socket.AF_INET


def test_an_answer_never_waits_for_the_acknowledgement_of_its_head():
    (opened,) = open_sockets(["127.0.0.1:0"])
    with opened, socket.create_connection(opened.getsockname()) as client:
        opened.setblocking(True)
        accepted, _ = opened.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert client.fileno() > 0
