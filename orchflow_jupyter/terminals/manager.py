"""All terminals of an engine: names and ids to sessions, their limits, and their end."""

import asyncio
import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from orchflow_jupyter.errors import ConflictError, InvalidRequestError, NotFoundError, TooManyError, of_system
from orchflow_jupyter.settings import EngineSettings
from orchflow_jupyter.terminals.activity import Latest
from orchflow_jupyter.terminals.culling import Culling
from orchflow_jupyter.terminals.output import Pace
from orchflow_jupyter.terminals.recordings import Recordings
from orchflow_jupyter.terminals.session import Session
from orchflow_jupyter.terminals.tally import Totals

if TYPE_CHECKING:
    from orchflow_jupyter.release import Release

__all__ = ["Manager"]


class Manager:
    """Makes, finds and ends sessions. `emptied` is called whenever the last running one has ended."""

    def __init__(self, root: str, settings: EngineSettings, emptied: Callable[[], None] = lambda: None) -> None:
        self._root = root
        self._settings = settings
        self._emptied = emptied
        self._pace = Pace(self._printed)
        self._release: Release | None = None
        self._sessions: dict[str, Session] = {}
        self._closing: set[Session] = set()
        self._past = Totals()
        self._closed = asyncio.Event()
        loop = asyncio.get_event_loop()
        self.activity = Latest(loop.time)
        self.recordings = Recordings(root, self.get)
        self._culling = Culling(loop, settings, self.sessions)

    def __len__(self) -> int:
        """Terminals that are held, ended ones included."""
        return len(self._sessions)

    @property
    def running(self) -> int:
        """Programs that run, those included that were asked to end."""
        return sum(session.exit is None for session in self._sessions.values()) + len(self._closing)

    def sessions(self) -> list[Session]:
        """All that are held, oldest first."""
        return list(self._sessions.values())

    def totals(self) -> Totals:
        """What all terminals have done since the beginning, those included that are gone."""
        totals = Totals()
        totals.merge(self._past)
        for session in self._held():
            totals.add(session)
        return totals

    def get(self, identity: str) -> Session:
        """The session with this id. Raises `NotFoundError`."""
        try:
            return self._sessions[identity]
        except KeyError:
            raise NotFoundError(
                f"there is no terminal {identity!r}; it has ended, or the engine was restarted"
            ) from None

    def create(self, params: Mapping[str, Any]) -> Session:
        """A new terminal, from what a client asked for. Raises errors that name what was wrong."""
        from orchflow_jupyter.terminals import requests
        from orchflow_jupyter.terminals.injection import inject
        from orchflow_jupyter.terminals.integration import Integration
        from orchflow_jupyter.terminals.pty import spawn
        from orchflow_jupyter.terminals.replacement import replaced

        request = requests.parse(params, requests.Create)
        if self.running >= self._settings.max_terminals:
            raise TooManyError(
                f"{self.running} terminals run already, and more are not allowed (OrchFlow.max_terminals); close some"
            )
        identity = f"t-{os.urandom(6).hex()}"
        cwd = requests.working_directory(request.cwd, self._root)
        env = requests.environment(request.env, identity)
        command, program = requests.executable(request.command, cwd, env)
        name = self._free_name(request.name, os.path.basename(command[0]))
        nonce = os.urandom(16).hex()
        injected = inject(command, program, env, nonce) if request.integration else None
        words, env = injected or (command, env)
        try:
            pty = spawn(words, program, None if cwd == os.getcwd() else cwd, env, request.cols, request.rows)
        except OSError as error:
            reason = InvalidRequestError(f"{command[0]!r} could not be started: {error.strerror}")
            raise of_system(error) or reason from error
        except UnicodeEncodeError as error:
            raise InvalidRequestError(f"command and env must be text, and {error.object!r} cannot be encoded") from None
        try:
            narrow = not requests.is_utf8(env)
            session = Session(
                asyncio.get_running_loop(),
                pty,
                (identity, name),
                command,
                cwd,
                (request.cols, request.rows),
                self._settings.terminal,
                self._pace,
                self._ended,
                Integration(nonce, cwd, partial(replaced, pty.pid), narrow=narrow) if injected else None,
                self.activity.note,
            )
        except BaseException:
            pty.abandon(asyncio.get_running_loop())
            raise
        self._sessions[identity] = session
        self.activity.note(session.created)
        self._culling.born()
        return session

    def running_one(self, identity: str) -> Session:
        """The session with this id, whose program runs. Raises `NotFoundError`."""
        session = self.get(identity)
        if session.exit is not None:
            raise NotFoundError(f"the program in terminal {session.name!r} has ended")
        return session

    def update(self, params: Mapping[str, Any]) -> Session:
        """Rename a terminal, or resize one that runs."""
        from msgspec import UNSET

        from orchflow_jupyter.terminals import requests

        request = requests.parse(params, requests.Update)
        resizes = request.cols is not UNSET or request.rows is not UNSET
        session = self.running_one(request.id) if resizes else self.get(request.id)
        if isinstance(request.name, str) and request.name != session.name:
            session.name = self._free_name(request.name, "")
        if resizes:
            cols, rows = session.settling.wanted
            session.resize(
                cols if request.cols is UNSET else request.cols, rows if request.rows is UNSET else request.rows
            )
        return session

    def delete(self, identity: str) -> None:
        """Hang up on a terminal and forget it; its clients are told its end."""
        session = self.get(identity)
        del self._sessions[identity]
        if session.exit is None:
            self._closing.add(session)
            session.hang_up()
        else:
            self._past.add(session)
            session.close()

    async def close(self) -> None:
        """Hang up on all, and wait until all have ended and their recordings are whole."""
        self._culling.stop()
        for identity in tuple(self._sessions):
            self.delete(identity)
        while self._closing:
            self._closed.clear()
            await self._closed.wait()
        await self.recordings.whole()

    def _printed(self, size: int) -> None:
        if self._release is None:
            from orchflow_jupyter.release import Release

            self._release = Release(asyncio.get_running_loop())
        self._release.printed(size)

    def _held(self) -> list[Session]:
        return [*self._sessions.values(), *self._closing]

    def _ended(self, session: Session) -> None:
        if session in self._closing:
            self._closing.discard(session)
            self._closed.set()
            self._past.add(session)
            session.close()
        ended = [s for s in self._sessions.values() if s.exit is not None and not s.listeners]
        for old in ended[: max(0, len(ended) - self._settings.keep_exited)]:
            self.delete(old.id)
        if not self.running:
            self._emptied()

    def _free_name(self, wanted: str | None, command: str) -> str:
        taken = {session.name for session in self._sessions.values() if session.exit is None}
        if wanted is not None:
            if wanted in taken:
                raise ConflictError(f"a terminal named {wanted!r} is running; attach to it, or choose another name")
            return wanted
        number = 1
        while (name := command if number == 1 else f"{command}-{number}") in taken:
            number += 1
        return name
