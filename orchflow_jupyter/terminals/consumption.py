"""What a terminal's programs take of the machine: processor time and memory of all that descend from the first."""

import os

__all__ = ["NOTHING_TAKEN", "consumption"]

NOTHING_TAKEN: dict[str, float | int | None] = {"cpu": None, "resident": None}
"""Of what has ended, or where this system does not tell."""

MOST = 256
"""Processes of one terminal that are looked at."""
UTIME, RSS = 11, 21
"""Fields of /proc/PID/stat behind the name, from 0 (proc(5)); utime, stime, cutime and cstime follow one another."""


def consumption(pid: int) -> dict[str, float | int | None]:
    """`cpu` in seconds, of those that have ended and were waited for too, and `resident` bytes; None where unknown."""
    ticks = pages = seen = 0
    todo = [pid]
    while todo and seen < MOST:
        one = todo.pop()
        try:
            with open(f"/proc/{one}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
            with open(f"/proc/{one}/task/{one}/children", "rb") as file:
                todo += map(int, file.read().split())
        except OSError:
            continue  # it has ended, or this system has no /proc
        seen += 1
        ticks += sum(map(int, fields[UTIME : UTIME + 4]))
        pages += int(fields[RSS])
    if not seen:
        return NOTHING_TAKEN
    return {"cpu": ticks / os.sysconf("SC_CLK_TCK"), "resident": pages * os.sysconf("SC_PAGE_SIZE")}
