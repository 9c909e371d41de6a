"""Authorizers for servers under test."""

from jupyter_server.auth import Authorizer

__all__ = ["Nothing", "ReadOnly"]


class ReadOnly(Authorizer):
    """Whoever is known may read, and do nothing else with terminals."""

    def is_authorized(self, handler, user, action, resource):
        return action == "read" or not resource.startswith("orchflow:")


class Nothing(Authorizer):
    """Whoever is known may do nothing with terminals, and everything else."""

    def is_authorized(self, handler, user, action, resource):
        return not resource.startswith("orchflow:")
