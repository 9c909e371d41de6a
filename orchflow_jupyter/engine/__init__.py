"""The engine's process: control socket, adopted sockets, lifetime, figures."""
