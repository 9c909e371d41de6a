"""Ports for servers that come back to where they were: nobody else may have taken them meanwhile."""

import contextlib
import itertools
import os
import socket

__all__ = ["free_ports"]

FIRST, EACH, SLICES = 20_000, 700, 16
"""Below those that the kernel gives to others by itself, from 32,768 on (ip(7), ip_local_port_range)."""

_slice = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % SLICES
_turns = itertools.cycle(range(FIRST + _slice * EACH, FIRST + (_slice + 1) * EACH))


def free_ports(count=1):
    """As many, each taken by no process, and by no other one of the processes that run the tests."""
    return list(itertools.islice(filter(_is_free, _turns), count))


def _is_free(port):
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
