"""What a document's room answers to a call: the result, or the error that it is."""

from typing import Any

from orchflow_jupyter.errors import from_status

__all__ = ["result_of"]

STATUS = {
    "invalid_request": 400,
    "not_allowed": 403,
    "not_found": 404,
    "conflict": 409,
    "too_large": 413,
    "too_many": 429,
    "not_supported": 501,
    "engine_unavailable": 503,
    "storage": 507,
}


def result_of(answer: dict[str, Any]) -> dict[str, Any]:
    """What an answer carries; raises the error that it carries instead."""
    if "error" not in answer:
        return dict(answer.get("result") or {})
    error = answer["error"]
    raise from_status(STATUS.get(error.get("reason"), 500), error.get("message", "the engine refused"))
