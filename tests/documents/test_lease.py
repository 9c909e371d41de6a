"""A lease: one engine has a file, another is told which, and it ends with its process."""

import subprocess
import sys

import pytest

from orchflow_jupyter.documents.lease import Lease
from orchflow_jupyter.errors import ConflictError

HOLD = """
import sys
from orchflow_jupyter.documents.lease import Lease
lease = Lease(sys.argv[1], "/root/a.md", "/root")
print("has it", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """Another process that has the lease of /root/a.md."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "has it\n"
        yield process
        process.kill()


def test_another_process_has_it_until_it_ends(tmp_path, other):
    with pytest.raises(ConflictError, match=f"open in another engine: process {other.pid}, which serves /root"):
        Lease(str(tmp_path), "/root/a.md", "/root")
    Lease(str(tmp_path), "/root/b.md", "/root").release()
    other.kill()
    other.wait()
    Lease(str(tmp_path), "/root/a.md", "/root").release()


def test_in_one_process_it_is_one_engine_too(tmp_path):
    lease = Lease(str(tmp_path), "/root/a.md", "/root")
    with pytest.raises(ConflictError):
        Lease(str(tmp_path), "/root/a.md", "/root/a")
    lease.release()
    lease.release()
    Lease(str(tmp_path), "/root/a.md", "/root").release()
    assert list(tmp_path.iterdir()) == []
