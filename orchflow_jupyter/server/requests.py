"""What the REST handlers have in common: who is let through, and the JSON of their bodies."""

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from orchflow_jupyter.errors import InvalidRequestError, TooLargeError
from orchflow_jupyter.server.answers import JsonAnswers
from orchflow_jupyter.server.handover import RESOURCE

if TYPE_CHECKING:
    from orchflow_jupyter.server.extension import Services

__all__ = ["EngineHandler", "permitted"]

Method = TypeVar("Method", bound=Callable[..., Awaitable[None]])

MAX_BODY = 1024 * 1024
"""Bytes of a request's body; escaped for the engine they must fit into one control call."""


def permitted(action: str, resource: str = RESOURCE) -> Callable[[Method], Method]:
    """Let a request through to the method where its identity is known and may do `action`: read, write or execute."""

    def decorate(method: Method) -> Method:
        authorization: Callable[[Method], Method] = authorized(action, resource=resource)
        return cast("Method", web.authenticated(authorization(method)))

    return decorate


class EngineHandler(JsonAnswers, APIHandler):
    """What the REST handlers have in common."""

    def initialize(self, services: "Services") -> None:
        """Take the services that the extension made."""
        self.services = services

    def body(self) -> dict[str, Any]:
        """The request's JSON object; none is an empty one."""
        data = self.request.body
        if len(data) > MAX_BODY:
            raise TooLargeError(f"the body may have {MAX_BODY} bytes; this one has {len(data)}")
        if not data.strip():
            return {}
        try:
            value = json.loads(data)
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise InvalidRequestError(f"the body must be Unicode, without half a surrogate pair: {error}") from error
        except (ValueError, RecursionError) as error:
            raise InvalidRequestError(f"the body must be a JSON object, and this is no JSON: {error}") from error
        if not isinstance(value, dict):
            raise InvalidRequestError(f"the body must be a JSON object, and this is {json.dumps(value)[:40]}")
        return value
