"""Which engine a process belongs to: the one that its Jupyter server told it, else one of its own directory."""

import os

from orchflow_jupyter import rendezvous

__all__ = ["own_engine"]


def own_engine(directory: str | None = None, root: str | None = None) -> tuple[str, str]:
    """The engine's directory and its root.

    A kernel that a Jupyter server started has both in its environment; anybody else gets the engine of `root`, or of
    the working directory, below Jupyter's runtime directory.
    """
    told = os.environ.get(rendezvous.ENVIRONMENT)
    if directory is None and root is None and told:
        found = rendezvous.read_description(told)
        return told, found.root if found else os.environ.get(rendezvous.ROOT_ENVIRONMENT) or os.getcwd()
    root = os.path.realpath(root or os.getcwd())
    if directory is None:
        from jupyter_core.paths import jupyter_runtime_dir

        directory = rendezvous.engine_directory(jupyter_runtime_dir(), root)
    return directory, root
