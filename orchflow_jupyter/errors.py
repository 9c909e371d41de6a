"""Every error of ours, each with the codes under which the outside sees it.

    OrchflowError
    ├── InvalidRequestError      what was asked makes no sense: 400, 4400
    │   └── ProtocolError        bytes that are not a message of ours
    ├── NotAuthenticatedError    nobody we know: 401, 4401
    ├── NotAllowedError          known, and not permitted: 403, 4403
    ├── NotFoundError            no such terminal: 404, 4404
    ├── ConflictError            somebody else has it: 409, 4409
    │   └── TakenOverError       the same attachment came in by another connection: 409, 4408
    ├── TooLargeError            over a limit of size: 413, 4413
    ├── TooManyError             over a limit of number or rate: 429, 4429
    ├── NotSupportedError        this engine cannot do it, and the message says what it lacks: 501, 4501
    ├── StorageError             the disk is full or fails, and the message says which: 507, 4507
    └── EngineUnavailableError   no engine answers: 503, 1012

Only the edges translate: `status` and `reason` become a REST answer or a JSON-RPC error, `close_code` a WebSocket's.
"""

import errno
from typing import Any, ClassVar

__all__ = [
    "ConflictError",
    "EngineUnavailableError",
    "InvalidRequestError",
    "NotAllowedError",
    "NotAuthenticatedError",
    "NotFoundError",
    "NotSupportedError",
    "OrchflowError",
    "ProtocolError",
    "StorageError",
    "TakenOverError",
    "TooLargeError",
    "TooManyError",
    "from_status",
    "of_system",
]


class OrchflowError(Exception):
    """The root: something of ours went wrong, and the message says what and what to do."""

    status: ClassVar[int] = 500
    reason: ClassVar[str] = "internal"
    close_code: ClassVar[int] = 1011

    @property
    def message(self) -> str:
        """The text for people, as it was raised."""
        return str(self)

    def as_json(self) -> dict[str, Any]:
        """The body of an error answer: `{"message", "reason"}`."""
        return {"message": self.message, "reason": self.reason}


class InvalidRequestError(OrchflowError):
    """What was asked makes no sense; the message names the field and what would do."""

    status, reason, close_code = 400, "invalid_request", 4400


class ProtocolError(InvalidRequestError):
    """Bytes that are not a message of the protocol."""

    reason = "bad_message"


class NotAuthenticatedError(OrchflowError):
    """Nobody that the server knows."""

    status, reason, close_code = 401, "not_authenticated", 4401


class NotAllowedError(OrchflowError):
    """Known, and not permitted to do this."""

    status, reason, close_code = 403, "not_allowed", 4403


class NotFoundError(OrchflowError):
    """No such terminal, or no such method."""

    status, reason, close_code = 404, "not_found", 4404


class ConflictError(OrchflowError):
    """Somebody else has what was asked for."""

    status, reason, close_code = 409, "conflict", 4409


class TakenOverError(ConflictError):
    """The same attachment came in by another connection, which goes on in its place."""

    reason, close_code = "taken_over", 4408


class TooLargeError(OrchflowError):
    """Over a limit of size."""

    status, reason, close_code = 413, "too_large", 4413


class TooManyError(OrchflowError):
    """Over a limit of number or of rate."""

    status, reason, close_code = 429, "too_many", 4429


class NotSupportedError(OrchflowError):
    """This engine cannot do it; the message says what it lacks and how to get it."""

    status, reason, close_code = 501, "not_supported", 4501


class StorageError(OrchflowError):
    """The disk is full, or fails."""

    status, reason, close_code = 507, "storage", 4507


class EngineUnavailableError(OrchflowError):
    """No engine answers: it could not be started, or ended while it was asked."""

    status, reason, close_code = 503, "engine_unavailable", 1012


_KINDS: tuple[type[OrchflowError], ...] = (
    InvalidRequestError,
    NotAuthenticatedError,
    NotAllowedError,
    NotFoundError,
    ConflictError,
    TooLargeError,
    TooManyError,
    NotSupportedError,
    StorageError,
    EngineUnavailableError,
)


def of_system(error: Exception) -> OrchflowError | None:
    """The error of ours that says what the system has refused, where that is a limit of its own."""
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        return TooManyError("the system lets the engine open no more files (ulimit -Hn); close some terminals")
    return None


def from_status(status: int, message: str) -> OrchflowError:
    """The error that was sent as `status`: what a client raises for what an engine answered."""
    for kind in _KINDS:
        if kind.status == status:
            return kind(message)
    return OrchflowError(message)
