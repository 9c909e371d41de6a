"""What is said of a terminal to the outside: its model, as JSON (`docs/protocol.md`)."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchflow_jupyter.terminals.session import Session

__all__ = ["model_of"]


def model_of(session: "Session") -> dict[str, Any]:
    """The model of a terminal as it is now."""
    shell, ended, recorder = session.integration, session.exit, session.recorder
    commands = shell.commands if shell else None
    return {
        "id": session.id,
        "name": session.name,
        "command": session.command,
        "cwd": shell.cwd if shell else session.cwd,
        "pid": session.pid,
        "cols": session.cols,
        "rows": session.rows,
        "created": _iso(session.created),
        "last_activity": _iso(session.activity.at),
        "state": "exited" if ended else "running",
        "exit": ended.as_json() if ended else None,
        "clients": len(session.listeners),
        "offset": session.ring.end,
        "busy": not ended and session.occupation.busy(),
        "canonical": session.lines.canonical(),
        "title": shell.title if shell else session.checkpoints.title,
        "recording": recorder.as_json() if recorder else None,
        "integration": shell.state if shell else "none",
        "last_command": commands[-1].as_json() if commands else None,
    }


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
