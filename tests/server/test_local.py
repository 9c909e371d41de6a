"""Whether a client is on our own machine."""

import socket
from types import SimpleNamespace

import pytest
from tornado.httputil import HTTPHeaders

from orchflow_jupyter.server.local import is_ours, same_machine


def own_address():
    """An address of this machine's network card, where it has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            return "127.0.0.1"
        return probe.getsockname()[0]


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "0.0.0.0", own_address()])
def test_own_addresses_are_ours(address):
    assert is_ours(address)


@pytest.mark.parametrize(
    "address", ["203.0.113.7", "2001:db8::1", "::ffff:203.0.113.7", "unknown", "127.0.0.1:80", "a b"]
)
def test_others_are_not(address):
    assert not is_ours(address)


@pytest.mark.parametrize(
    ("headers", "same"),
    [
        ({}, True),
        ({"X-Forwarded-For": "127.0.0.1, ::1"}, True),
        ({"X-Forwarded-For": ""}, True),
        ({"X-Forwarded-For": "203.0.113.7, 127.0.0.1"}, False),
        ({"X-Real-IP": "203.0.113.7"}, False),
    ],
)
def test_every_address_on_the_way_counts(headers, same):
    request = SimpleNamespace(headers=HTTPHeaders(headers), remote_ip="127.0.0.1")
    assert same_machine(request) is same


def test_a_peer_elsewhere_is_elsewhere():
    assert not same_machine(SimpleNamespace(headers=HTTPHeaders(), remote_ip="203.0.113.7"))
