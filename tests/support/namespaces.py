"""What a process may do to its own system alone: namespaces (unshare(2)) and capabilities (capabilities(7))."""

import ctypes
import functools
import os
import shutil
import subprocess
import sys

import pytest

__all__ = ["capabilities_dropped", "few_watches", "inside", "mounted", "namespaces"]

NEW_NAMESPACE, NEW_USER = 0x00020000, 0x10000000
PRIVATE = 0x00040000 | 0x4000
DROP = 24
"""PR_CAPBSET_DROP."""
DAC_OVERRIDE, DAC_READ_SEARCH = 1, 2


def _checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "not permitted here")


def _libc():
    return ctypes.CDLL(None, use_errno=True)


def _unshare(flags):
    """Be root in a user namespace of one's own, and what `flags` say."""
    user, group = os.getuid(), os.getgid()
    _checked(_libc().unshare(NEW_USER | flags))
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def few_watches(count):
    """For a child before it becomes an engine: `count` watches and no more."""

    def before():
        _unshare(0)
        with open("/proc/sys/user/max_inotify_watches", "w") as file:
            file.write(str(count))

    return before


def mounted(path):
    """For a child before it becomes an engine: another file system at `path`, which it alone sees."""

    def before():
        _unshare(NEW_NAMESPACE)
        libc = _libc()
        _checked(libc.mount(b"none", b"/", None, PRIVATE, None))
        _checked(libc.mount(b"tmpfs", os.fsencode(path), b"tmpfs", 0, None))

    return before


def capabilities_dropped():
    """For a child before it becomes an engine: permissions hold for it, also where it is root."""
    if os.getuid() == 0:
        for capability in (DAC_OVERRIDE, DAC_READ_SEARCH):
            _checked(_libc().prctl(DROP, capability, 0, 0, 0))


def inside(pid, *command):
    """Run a command where the process `pid` is."""
    enter = ["nsenter", "--target", str(pid), "--user", "--mount", "--preserve-credentials"]
    subprocess.run([*enter, *command], check=True)


@functools.cache
def _permitted():
    program = "from tests.support.namespaces import few_watches, mounted; few_watches(9)(); mounted('/tmp')()"
    return subprocess.run([sys.executable, "-c", program], capture_output=True).returncode == 0


@pytest.fixture
def namespaces():
    """Skips where a process may not have namespaces of its own."""
    if not sys.platform.startswith("linux") or not _permitted() or not shutil.which("nsenter"):
        pytest.skip("namespaces are not permitted here")
