"""JupyterLab's own terminal panel, with the engine behind it."""

import pytest

from tests.support.browser import browsable, dismiss
from tests.support.terminado import ON_THE_ENGINE, names
from tests.support.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.long]

CREATE = """async () => {
  const panel = await window.jupyterapp.commands.execute("terminal:create-new");
  await panel.content.ready;
  return panel.content.session.name;
}"""


class Panel:
    """JupyterLab's terminal panel in a page, as a person sees and uses it."""

    def __init__(self, page, server):
        self.page = page
        dismiss(page)
        page.goto(f"{server.url}lab?token={server.token}&reset")
        page.wait_for_function("() => window.jupyterapp?.restored")
        page.evaluate("async () => { await window.jupyterapp.restored; }")
        self.name = page.evaluate(CREATE)

    def run(self, line):
        """Type a line and press Enter."""
        self.page.locator(".jp-Terminal .xterm-screen").click()
        self.page.keyboard.type(line)
        self.page.keyboard.press("Enter")

    def text(self):
        """What the screen shows."""
        return self.page.evaluate(
            """() => {
              const term = window.jupyterapp.shell.currentWidget.content._term, buffer = term.buffer.active;
              const lines = [];
              for (let i = 0; i < buffer.length; i++) lines.push(buffer.getLine(i).translateToString(true));
              return lines.join("\\n").trimEnd();
            }"""
        )

    def wait_for_text(self, text):
        eventually(lambda: text in self.text(), f"{text!r} on the screen")


@pytest.fixture
def page(browser):
    page = browser.new_page()
    yield page
    page.close()


def test_it_types_and_shows_and_connects_again_to_the_same_shell_when_the_server_was_killed(tmp_path, page):
    with browsable(tmp_path / "jupyters", args=ON_THE_ENGINE) as server:
        panel = Panel(page, server)
        assert panel.name == "1"
        panel.run("echo typed $((6 * 7)); here=kept")
        panel.wait_for_text("\ntyped 42")
        (model,) = server.request("GET", "orchflow/api/terminals").json
        assert (model["name"], model["clients"]) == ("1", 1)
        size = page.evaluate(
            "() => { const t = window.jupyterapp.shell.currentWidget.content._term; return [t.cols, t.rows]; }"
        )
        eventually(lambda: sizes(server) == size, "the panel's size")
        server.kill9()
        server.start()
        eventually(
            lambda: server.request("GET", "orchflow/api/terminals").json[0]["clients"] == 1, "JupyterLab to be back"
        )
        panel.run("echo still $$ $here")
        panel.wait_for_text(f"\nstill {model['pid']} kept")
        # What was there before is there once, not twice.
        assert panel.text().count("\ntyped 42") == 1
        panel.run("exit")
        eventually(lambda: names(server) == [], "the end")


def sizes(server):
    (model,) = server.request("GET", "orchflow/api/terminals").json
    return [model["cols"], model["rows"]]
