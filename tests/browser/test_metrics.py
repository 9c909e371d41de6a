"""The engine's figures in a notebook, as its user sees them."""

import os
import signal

import pytest

from tests.support.waiting import eventually

pytestmark = pytest.mark.browser


class View:
    """The metrics in a page."""

    def __init__(self, notebook):
        self.host = notebook.shown(".orchflow-metrics")

    def attribute(self, name):
        return self.host.get_attribute(f"data-{name}")

    @property
    def readings(self):
        return int(self.attribute("readings"))

    def grows(self):
        """Wait until the figures were read again."""
        before = self.readings
        eventually(lambda: self.readings > before, "another reading")
        return self

    def value(self, metric):
        return self.host.locator(f"[data-metric={metric}] .value").inner_text()


@pytest.fixture
def metrics(refill):
    notebook = refill("%load_ext orchflow_jupyter\n%orchflow metrics")
    notebook.run_cell(0)
    return notebook, View(notebook)


def test_it_shows_what_is_typed_and_printed(metrics, lab):
    notebook, view = metrics
    eventually(lambda: view.attribute("state") == "live", "the first figures")
    assert view.attribute("transport") == "server"
    view.grows()
    assert view.value("terminals") == "0"
    assert "No terminal yet" in view.host.inner_text()
    model = lab.create(command=["cat"], name="echoing")
    eventually(lambda: view.value("terminals") == "1", "the terminal")
    assert view.host.locator("tbody tr").inner_text().strip().startswith("echoing")
    notebook.page.evaluate(
        """async ([id, token]) => {
          const address = new URL(`orchflow/ws/terminals/${id}?token=${token}`, location.origin.replace("http", "ws"));
          const socket = new WebSocket(address, "orchflow.terminal.v1");
          socket.binaryType = "arraybuffer";
          await new Promise((done, failed) => ((socket.onopen = done), (socket.onerror = failed)));
          for (let key = 1; key <= 20; key++) {
            const message = new Uint8Array(18);
            message[0] = 1;
            message[8] = key;
            message[17] = 120;
            socket.send(message);
            await new Promise((done) => setTimeout(done, 20));
          }
          globalThis.keys = socket;
        }""",
        [model["id"], lab.token],
    )
    eventually(lambda: view.value("connections") == "1", "the connection")
    eventually(lambda: view.value("echo")[:1].isdigit(), "the keys' time")
    assert view.host.locator("[data-metric=echo]").inner_text().count("ms p99") == 1
    notebook.page.evaluate("globalThis.keys.close()")


def test_it_reads_only_while_it_is_seen_and_not_paused_and_keys_go_through_the_moments(metrics):
    notebook, view = metrics
    view.grows().grows().grows()
    view.host.get_by_label("Pause").click()
    eventually(lambda: view.attribute("state") == "paused", "the pause")
    requests = []
    notebook.page.on("request", lambda request: requests.append(request.url) if "api/metrics" in request.url else None)
    notebook.page.wait_for_timeout(1500)
    assert requests == []
    view.host.locator(".cells").focus()
    notebook.page.keyboard.press("ArrowLeft")
    notebook.page.keyboard.press("ArrowLeft")
    eventually(lambda: "s ago" in view.host.inner_text(), "how long ago")
    notebook.page.keyboard.press("Escape")
    eventually(lambda: "s ago" not in view.host.inner_text(), "now")
    view.host.get_by_label("Go on").click()
    view.grows()
    view.host.evaluate("host => { host.style.display = 'none' }")
    notebook.page.wait_for_timeout(500)
    requests.clear()
    notebook.page.wait_for_timeout(1500)
    assert requests == []
    view.host.evaluate("host => { host.style.display = '' }")
    view.grows()


def test_lines_are_between_the_plots_where_the_system_forces_its_colours(metrics):
    notebook, view = metrics
    notebook.page.emulate_media(forced_colors="active")
    try:
        cell, between = (
            view.host.locator(part).first.evaluate("element => getComputedStyle(element).backgroundColor")
            for part in (".cell", ".cells")
        )
        assert cell != between
    finally:
        notebook.page.emulate_media(forced_colors="none")


@pytest.mark.long
def test_without_a_way_to_the_server_the_kernel_is_asked(open_notebook, lab):
    notebook = open_notebook(lab, "%load_ext orchflow_jupyter\n%orchflow metrics")
    notebook.page.route("**/orchflow/**", lambda route: route.abort())
    notebook.run_cell(0)
    view = View(notebook)
    eventually(lambda: view.attribute("state") == "live", "the first figures")
    assert view.attribute("transport") == "kernel"
    view.grows()
    assert "through the kernel" in view.host.inner_text()


@pytest.mark.long
def test_a_saved_notebook_shows_them_again_without_a_kernel(metrics, lab):
    notebook, view = metrics
    view.grows()
    notebook.save()
    notebook.restart_kernel()
    notebook.open()
    view = View(notebook)
    eventually(lambda: view.attribute("state") == "live", "the figures")
    view.grows()


def test_the_loss_of_the_engine_is_told_and_the_next_one_is_shown(metrics, lab):
    _, view = metrics
    view.grows()
    first = lab.engine_pid
    os.kill(first, signal.SIGKILL)
    eventually(lambda: (engine := lab.engine()) is not None and engine.pid != first, "another engine")
    eventually(lambda: view.attribute("state") == "live", "its figures")
    view.grows()
