"""The editor in a page, as a person sees and uses it, and what connects it."""

from tests.support.waiting import eventually

__all__ = ["FIND", "Line", "View"]

FIND = """host => globalThis[Symbol.for("orchflow.editors")]?.get(host)"""


class View:
    """An editor in a page."""

    def __init__(self, page, index=0):
        self.page = page
        self.host = page.locator(".orchflow-editor").nth(index)
        self.host.wait_for()

    def attribute(self, name):
        return self.host.get_attribute(f"data-{name}")

    def is_in(self, state):
        eventually(lambda: self.attribute("state") == state, f"{state}, not {self.attribute('state')}")
        return self

    @property
    def text(self):
        return self.host.evaluate(f"host => ({FIND})(host)?.view.state.doc.toString()")

    @property
    def line(self):
        """That of the cursor."""
        where = "const { doc, selection } = view.state; return doc.lineAt(selection.main.head).number;"
        return self.host.evaluate(f"host => {{ const {{ view }} = ({FIND})(host); {where} }}")

    def shows(self, text):
        eventually(lambda: self.text == text, f"{text!r}, not {self.text!r}")

    def type(self, text, *, at=None):
        """Type at the end, or after what stands there."""
        self.host.evaluate(
            f"""(host, at) => {{
                const {{ view }} = ({FIND})(host);
                const text = view.state.doc.toString();
                const head = at === null ? text.length : text.indexOf(at) + at.length;
                view.focus();
                view.dispatch({{ selection: {{ anchor: head }}, scrollIntoView: true }});
            }}""",
            at,
        )
        self.page.keyboard.type(text)

    def press(self, key):
        self.host.locator(".cm-content").press(key)

    def is_saved(self):
        eventually(
            lambda: self.attribute("save") == "saved" and self.attribute("safe") == "true",
            f"saved, not {self.attribute('save')}",
        )

    @property
    def strip(self):
        return self.host.locator("> .strip > .text").inner_text()

    def choose(self, button):
        self.host.locator("> .strip").get_by_role("button", name=button, exact=True).click()

    def people(self):
        return sorted(self.host.locator(".person").all_inner_texts())


class Line:
    """What connects a page with documents; it can be cut and mended, from the next socket on, and held up.

    The server does not answer either while it is cut: where it did, the kernel's way would be taken after a while.
    """

    def __init__(self, page):
        self._cut = False
        self._sockets = []
        self._held = None
        page.route_web_socket("**/orchflow/ws/documents/**", self._opened)
        page.route("**/orchflow/api/documents**", lambda asked: asked.abort() if self._cut else asked.continue_())

    def cut(self):
        self._cut = True
        for socket in self._sockets:
            socket.close(code=3000)

    def mend(self):
        self._cut = False

    def hold(self):
        """Keep what comes for the page, until it is let go."""
        self._held = []

    def let_go(self):
        held, self._held = self._held, None
        for socket, message in held:
            socket.send(message)

    def _opened(self, socket):
        if self._cut:
            socket.close(code=3000)
            return
        server = socket.connect_to_server()
        self._sockets.append(socket)
        if self._held is not None:
            server.on_message(lambda message: self._came(socket, message))

    def _came(self, socket, message):
        if self._held is None:
            socket.send(message)
        else:
            self._held.append((socket, message))
