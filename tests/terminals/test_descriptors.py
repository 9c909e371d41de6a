"""The limit of open descriptors: raised for us, as before for what we start; in a process that is of no other use."""

import subprocess
import sys

PROGRAM = """
import resource
from orchflow_jupyter.terminals.descriptors import as_before, raise_limit

def soft():
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]

resource.setrlimit(resource.RLIMIT_NOFILE, (50, 200))
with as_before():
    print(soft())
print(raise_limit(), soft(), raise_limit())
with as_before():
    print(soft())
print(soft())
try:
    with as_before():
        raise KeyError
except KeyError:
    print(soft())
"""


def test_limit_is_raised_once_and_lowered_only_for_what_is_started():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["50", "200", "200", "200", "50", "200", "200"]
