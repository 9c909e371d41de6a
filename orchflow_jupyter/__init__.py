"""Many live terminals in Jupyter."""

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Where a Jupyter server finds our extension; nothing of Jupyter's is imported before it asks."""
    from orchflow_jupyter.server.extension import OrchFlowExtension

    return [{"module": "orchflow_jupyter.server.extension", "app": OrchFlowExtension}]
