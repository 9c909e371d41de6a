"""A relay between a socket and a PTY that knows nothing of what it passes on: the least that a process between costs.

`python -S -E relay.py COMMAND ...` says on its output which port of this machine it listens on, for one client.
"""

import os
import pty
import select
import socket
import sys

__all__ = ["main"]

PIECE = 64 * 1024


def main(command: list[str]) -> None:
    """Run `command` in a PTY, and pass everything on until the client leaves."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(command[0], command)
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        client = server.accept()[0]
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    poll = select.epoll()
    for file in (client.fileno(), terminal):
        poll.register(file, select.EPOLLIN)
    while True:
        for file, _ in poll.poll():
            if file == terminal:
                client.sendall(os.read(terminal, PIECE))
            elif data := client.recv(PIECE):
                os.write(terminal, data)
            else:
                return


if __name__ == "__main__":
    main(sys.argv[1:])
