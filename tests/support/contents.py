"""A contents manager that keeps its files elsewhere than below the server's root, as those for buckets do."""

import os

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

__all__ = ["ELSEWHERE", "Elsewhere"]

ELSEWHERE = "ORCHFLOW_TESTS_ELSEWHERE"
"""The environment variable that says where."""


class Elsewhere(AsyncLargeFileManager):
    """Files of a folder that the engine knows nothing of."""

    def __init__(self, **given):
        super().__init__(**given)
        self.root_dir = os.environ.get(ELSEWHERE, self.root_dir)
