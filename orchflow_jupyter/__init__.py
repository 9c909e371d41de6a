"""Many live terminals in Jupyter: widgets for notebooks, `%orchflow` for cells, an engine beside the server."""

import importlib
from typing import TYPE_CHECKING, Any

from orchflow_jupyter._version import __version__

if TYPE_CHECKING:
    from orchflow_jupyter.client.documents import Document
    from orchflow_jupyter.client.documents_async import AsyncDocument
    from orchflow_jupyter.client.files import watch
    from orchflow_jupyter.client.files_async import awatch
    from orchflow_jupyter.widgets.editor import Editor
    from orchflow_jupyter.widgets.files import FileEvents
    from orchflow_jupyter.widgets.metrics import Metrics
    from orchflow_jupyter.widgets.recording import Recording
    from orchflow_jupyter.widgets.terminal import Terminal

__all__ = [
    "AsyncDocument",
    "Document",
    "Editor",
    "FileEvents",
    "Metrics",
    "Recording",
    "Terminal",
    "__version__",
    "awatch",
    "watch",
]


_WHERE = {
    "AsyncDocument": "client.documents_async",
    "Document": "client.documents",
    "Editor": "widgets.editor",
    "FileEvents": "widgets.files",
    "Metrics": "widgets.metrics",
    "Recording": "widgets.recording",
    "Terminal": "widgets.terminal",
    "awatch": "client.files_async",
    "watch": "client.files",
}


def __getattr__(name: str) -> Any:
    # The engine imports this package too, and must not pay for widgets.
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)


def load_ipython_extension(ipython: Any) -> None:
    """`%load_ext orchflow_jupyter` brings `%orchflow`."""
    from orchflow_jupyter.magics.orchflow import load

    load(ipython)


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Where a Jupyter server finds our extension; nothing of Jupyter's is imported before it asks."""
    from orchflow_jupyter.server.extension import OrchFlowExtension

    return [{"module": "orchflow_jupyter.server.extension", "app": OrchFlowExtension}]
