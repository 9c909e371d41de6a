"""Terminals: programs behind PTYs, their output by offset, and whoever listens; knows of no socket."""
