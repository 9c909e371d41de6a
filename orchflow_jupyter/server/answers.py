"""Refusals as clients see them: JSON with a message and a reason, under the status that the error carries."""

import json
from http.client import responses
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tornado.web import HTTPError

from orchflow_jupyter.errors import (
    EngineUnavailableError,
    InvalidRequestError,
    NotAllowedError,
    NotAuthenticatedError,
    NotFoundError,
    OrchflowError,
    TooLargeError,
)

__all__ = ["JsonAnswers"]

_REASONS = {
    kind.status: kind.reason
    for kind in (InvalidRequestError, NotAllowedError, NotAuthenticatedError, NotFoundError, TooLargeError)
} | {405: "method_not_allowed", 426: "upgrade_required"}

if TYPE_CHECKING:
    from jupyter_server.base.handlers import JupyterHandler as _Base
else:
    _Base = object


class JsonAnswers(_Base):
    """Mix this into a handler, before its other bases."""

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Send an error of ours with its own status."""
        error = _error(kwargs)
        super().send_error(error.status if isinstance(error, OrchflowError) else status_code, **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write the body of an error: `{"message", "reason"}`."""
        error = _error(kwargs)
        if isinstance(error, OrchflowError):
            body = error.as_json()
        else:
            message = responses.get(status_code, "Unknown error")
            reason = _REASONS.get(status_code, "internal" if status_code >= 500 else "refused")
            if isinstance(error, HTTPError):
                message = error.log_message or message
            if status_code == NotAllowedError.status and not self.current_user:
                reason = NotAuthenticatedError.reason
            body = {"message": message, "reason": reason}
        if isinstance(error, EngineUnavailableError):
            self.set_header("Retry-After", "1")
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(body))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log what is not a refusal of ours; those are the client's to know."""
        if isinstance(value, OrchflowError):
            self.log.debug("OrchFlow refused %s %s: %s", self.request.method, self.request.path, value)
        else:
            super().log_exception(typ, value, tb)


def _error(kwargs: dict[str, Any]) -> BaseException | None:
    return kwargs["exc_info"][1] if "exc_info" in kwargs else None
