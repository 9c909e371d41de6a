"""Tells Jupyter when something last happened in a terminal: for its own culler, JupyterHub's, and `GET api/status`."""

from datetime import UTC, datetime
from typing import Any

__all__ = ["Activity"]

SOURCE = "orchflow_terminals"
"""Our entry among what `ServerWebApplication.last_activity` takes the newest of."""


class Activity:
    """Keeps our entry in a server's `last_activity_times`, from what engines say while there is activity."""

    def __init__(self, times: dict[str, datetime]) -> None:
        self._times = times

    def told(self, method: str, params: dict[str, Any]) -> None:
        """An engine said something by itself."""
        if method == "activity":
            self._times[SOURCE] = datetime.fromtimestamp(params["at"], UTC)
