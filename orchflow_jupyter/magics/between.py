"""Running code in this kernel between executions, never during one.

The kernel takes one request after another, so we ask as a front end would: an `execute_request` on its own shell
channel (jupyter_client, "Messaging in Jupyter"), which waits behind whatever runs and whatever its user has queued.
"""

from collections.abc import Callable
from queue import Empty

__all__ = ["between_executions"]

LOOK = 0.5
"""Seconds after which it is looked whether the answer is still wanted."""


def between_executions(code: str, wanted: Callable[[], bool]) -> bool:
    """Run `code` when its turn comes, without a trace in the history. False where it is not `wanted` any more.

    To be called in another thread than the kernel's own.
    """
    from ipykernel.connect import get_connection_file
    from jupyter_client.blocking.client import BlockingKernelClient

    client = BlockingKernelClient(connection_file=get_connection_file())
    client.load_connection_file()
    client.start_channels(iopub=False, stdin=False, hb=False, control=False)
    try:
        while wanted():
            request = client.execute(code, silent=True, store_history=False, allow_stdin=False, stop_on_error=False)
            status = None
            while status is None:
                try:
                    reply = client.get_shell_msg(timeout=LOOK)
                except Empty:
                    if not wanted():
                        return False
                    continue
                if reply["parent_header"].get("msg_id") == request:
                    status = reply["content"]["status"]
            # A cell that failed just before takes all that was queued behind it along.
            if status != "aborted":
                return True
        return False
    finally:
        client.stop_channels()
