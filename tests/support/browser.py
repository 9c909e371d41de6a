"""A real headless Chromium, and what a person does with notebooks and terminals in it."""

import contextlib
import json
import shutil
from pathlib import Path

from playwright.sync_api import Error, sync_playwright
from playwright.sync_api import TimeoutError as LateError

from tests.support.jupyter import JupyterServer

__all__ = ["FIND", "VIEWPORT", "Notebook", "TerminalView", "browsable", "chromium", "dismiss", "notebook_of"]

VIEWPORT = {"width": 1280, "height": 900}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
QUIET = [
    ("@jupyterlab/apputils-extension", "notification.jupyterlab-settings", '{"fetchNews": "false"}'),
    ("@jupyterlab/docmanager-extension", "plugin.jupyterlab-settings", '{"autosave": false}'),
]
"""Keeps JupyterLab from asking whether it may fetch its news, and from saving a notebook in the midst of a test."""

PATIENCE = 40_000
FIND = (
    """host => { const all = globalThis[Symbol.for("orchflow.terminals")]; return all ? all.get(host) : undefined; }"""
)

INSTEAD = """() => {
    const { content, context } = window.jupyterapp.shell.currentWidget;
    const { session, isReady } = context.sessionContext;
    return JSON.stringify({
        ready: isReady,
        kernel: session?.kernel && [session.kernel.status, session.kernel.connectionStatus],
        cells: content.widgets.map((cell) => [cell.isAttached, cell.node.getBoundingClientRect().toJSON()]),
        outputs: [...document.querySelectorAll(".jp-OutputArea-output")].map((each) => each.outerHTML.slice(0, 500)),
        dialogs: [...document.querySelectorAll(".jp-Dialog")].map((dialog) => dialog.innerText),
    });
}"""
"""What a notebook shows where something is missing."""


@contextlib.contextmanager
def chromium(**context_options):
    """A browser context; what our code raises in its pages is collected in `context.complaints`."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert program, "the browser tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            context = browser.new_context(**{"viewport": VIEWPORT, **context_options})
            context.set_default_timeout(PATIENCE)
            context.complaints = []
            context.on("weberror", lambda error: complain(context, error.error))
            yield context
        finally:
            browser.close()


def complain(context, error):
    """Keep an error of ours; JupyterLab has its own, when it is left while it loads."""
    stack = getattr(error, "stack", None) or ""
    if "orchflow" in stack or "blob:" in stack:
        context.complaints.append(f"{error}\n{stack}")


def dismiss(page):
    """JupyterLab puts a dialog over everything when its server is gone for a while; who types dismisses it."""
    asked = page.get_by_role("dialog").filter(has_text="Server Connection Error")
    page.add_locator_handler(asked, lambda: asked.get_by_role("button").last.click())


def browsable(folder, app="lab", **options):
    """A server, not started yet, whose pages tests can drive."""
    server = JupyterServer(folder, app=app, **options)
    for plugin, name, text in QUIET:
        (server.folder / "settings" / plugin).mkdir(parents=True, exist_ok=True)
        (server.folder / "settings" / plugin / name).write_text(text)
    return server


def notebook_of(cells, metadata=None):
    """A notebook document with these code cells."""
    return {
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{i}",
                "execution_count": None,
                "metadata": {},
                "outputs": [],
                "source": s,
            }
            for i, s in enumerate(cells)
        ],
        "metadata": {
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            **(metadata or {}),
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


class Notebook:
    """A notebook that is open in a page of JupyterLab or Notebook 7."""

    def __init__(self, context, server, path):
        self.server = server
        self.path = path
        self.page = context.new_page()
        dismiss(self.page)
        self.open()

    def open(self):
        """Load the page, and wait until its kernel is there."""
        where = "lab/tree" if self.server.app == "lab" else "notebooks"
        query = f"?token={self.server.token}" + ("&reset" if self.server.app == "lab" else "")
        self.page.goto(f"{self.server.url}{where}/{self.path}{query}")
        self.page.wait_for_function("() => window.jupyterapp?.shell.currentWidget?.context?.isReady === true")
        self.page.evaluate(
            "async () => { const w = window.jupyterapp.shell.currentWidget; "
            "await w.context.ready; await w.context.sessionContext.ready; }"
        )

    def shown(self, selector):
        """What this finds, once it is seen; a wait in vain tells what the notebook had instead."""
        found = self.page.locator(selector)
        try:
            found.wait_for()
        except LateError:
            saved = json.loads((self.server.root / self.path).read_text())
            states = saved["metadata"].get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {})
            raise AssertionError(
                f"in vain waited for {selector}; the page has {self.page.evaluate(INSTEAD)}, the file the outputs"
                f" {[[list(o.get('data', o)) for o in cell.get('outputs', [])] for cell in saved['cells']]}"
                f" and the widgets {[model['model_name'] for model in states.get('state', {}).values()]}"
            ) from None
        return found

    def command(self, name, **args):
        """Carry out one of the application's commands."""
        return self.page.evaluate("([n, a]) => window.jupyterapp.commands.execute(n, a).then(() => null)", [name, args])

    def restart_kernel(self):
        """Have a kernel that knows nothing of what ran before it, and wait until it is there.

        A page that is opened while its kernel starts may say that a widget's model is not found: ipywidgets looks for
        it for 2 s, each 0.1 s, and does not look again when the last 0.1 s is over; what came in that is not shown.
        """
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.sessionContext.restartKernel()")

    def fill(self, *cells):
        """Put these cells in the place of all others, and the notebook before what else the page shows."""
        self.page.evaluate(
            """async ([path, cells]) => {
                const { shell } = window.jupyterapp;
                let notebook;
                for (const other of [...shell.widgets("main")]) {
                    if (other.context?.path === path) {
                        notebook = other;
                        continue;
                    }
                    // A document that changed would be asked about.
                    if (other.context) other.context.model.dirty = false;
                    other.close();
                }
                shell.activateById(notebook.id);
                const { sharedModel } = notebook.context.model;
                sharedModel.transact(() => {
                    sharedModel.deleteCellRange(0, sharedModel.cells.length);
                    sharedModel.insertCells(0, cells.map((source) => ({ cell_type: "code", source })));
                });
            }""",
            [self.path, cells or [""]],
        )
        self.page.wait_for_function(
            "path => window.jupyterapp.shell.currentWidget?.context?.path === path", arg=self.path
        )
        return self

    def reopen(self):
        """Close the saved document and open it again, in the same page."""
        self.save()
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.close()")
        self.page.wait_for_function("() => window.jupyterapp.shell.currentWidget?.context === undefined")
        self.page.evaluate(
            "async path => { const w = await window.jupyterapp.commands.execute('docmanager:open', { path });"
            "await w.context.ready; await w.context.sessionContext.ready; }",
            self.path,
        )

    def run_all(self):
        """Run all cells; returns when they are done."""
        self.command("notebook:run-all-cells")

    def run_cell(self, index):
        """Run one cell."""
        self.page.evaluate("i => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = i; }", index)
        self.command("notebook:run-cell")

    def save(self):
        """Save the document."""
        self.page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.context.save(); }")

    def outputs(self, index):
        """The outputs of a cell, as in the file."""
        return self.page.evaluate(
            "i => window.jupyterapp.shell.currentWidget.content.widgets[i].model.toJSON().outputs", index
        )

    def terminals(self):
        """All terminals that are shown, in order."""
        return [TerminalView(self.page, i) for i in range(self.page.locator(".orchflow-terminal").count())]

    def terminal(self, index=0):
        """One terminal, once it is shown."""
        self.page.locator(".orchflow-terminal").nth(index).wait_for()
        return TerminalView(self.page, index)

    def theme(self, name):
        """Change JupyterLab's theme: `JupyterLab Light` or `JupyterLab Dark`."""
        self.command("apputils:change-theme", theme=name)
        self.page.wait_for_function(
            "dark => document.body.dataset.jpThemeLight === String(!dark)", arg=name.endswith("Dark")
        )


class TerminalView:
    """One terminal in a page, as a person sees and uses it."""

    def __init__(self, page, index):
        self.page = page
        self.host = page.locator(".orchflow-terminal").nth(index)

    def attribute(self, name):
        """One of the host element's data attributes."""
        return self.host.get_attribute(f"data-{name}")

    @property
    def state(self):
        return self.attribute("state")

    def wait_for_state(self, state):
        """Wait until the terminal says that it is in this state."""
        with contextlib.suppress(Error):
            self.page.wait_for_function(
                "([host, state]) => host.dataset.state === state", arg=[self.host.element_handle(), state]
            )
        assert self.state == state, f"{self.state} instead of {state}: {self.host.inner_text()}"
        return self

    def evaluate(self, body):
        """Run JavaScript with `host` and `view` (`term`, `connection`, `keystrokes`) at hand."""
        return self.host.evaluate(f"host => {{ const view = ({FIND})(host); {body} }}")

    def text(self):
        """Everything in the emulator's buffer, line by line."""
        return self.evaluate(
            "const b = view.term.buffer.active; const lines = [];"
            "for (let i = 0; i < b.length; i++) {"
            "  const line = b.getLine(i); const text = line.translateToString(true);"
            "  if (line.isWrapped && lines.length) lines[lines.length - 1] += text; else lines.push(text); }"
            "return lines.join('\\n').trimEnd();"
        )

    def wait_for_text(self, text):
        """Wait until the emulator shows `text`."""
        handle = self.host.element_handle()
        try:
            self.page.wait_for_function(
                "([host, text]) => { const view = (" + FIND + ")(host); if (!view) return false;"
                "const b = view.term.buffer.active; let all = '';"
                "for (let i = 0; i < b.length; i++) { const line = b.getLine(i);"
                "  all += (line.isWrapped ? '' : '\\n') + line.translateToString(true); }"
                "return all.includes(text); }",
                arg=[handle, text],
            )
        except Error as error:
            raise AssertionError(f"no {text!r} in:\n{self.text()}\n(state {self.state})") from error
        return self

    def focus(self):
        """Click into the terminal."""
        self.host.locator(".xterm-screen").click()

    def type(self, text, delay=0):
        """Type as a person does, key by key."""
        self.focus()
        self.page.keyboard.type(text, delay=delay)

    def run(self, line):
        """Type a line and press Enter."""
        self.type(line)
        self.page.keyboard.press("Enter")

    def keystrokes(self):
        """The times in ms of each key: sent, echo arrived, painted."""
        return json.loads(self.evaluate("return JSON.stringify(view.keystrokes);"))

    def screenshot(self, path):
        """A picture of the terminal alone."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.host.screenshot(path=str(path))
