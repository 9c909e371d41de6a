"""The terminal's menus: where they lie, and what becomes of a right click."""

import pytest

from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

SHELL = (
    "import os\nos.environ['PS1'] = '$ '\nfrom orchflow_jupyter import Terminal\n"
    "t = Terminal(['bash', '-i'], rows=12, env={'HOME': os.getcwd()})\nt"
)


@pytest.fixture
def shell(refill, lab):
    (lab.root / ".bashrc").write_text("PS1='$ '\nHISTCONTROL=\n")
    notebook = refill(SHELL)
    notebook.run_cell(0)
    terminal = notebook.terminal().wait_for_state("live")
    terminal.wait_for_text("$ ")
    return notebook, terminal


SEEN = """() => JSON.stringify({
    menus: [...document.querySelectorAll(".menu")].map((menu) => [menu.matches(":popover-open"), menu.isConnected]),
    openers: [...document.querySelectorAll("[aria-haspopup=menu]")].map((opener) => [
        opener.ariaExpanded, opener.className, opener.getBoundingClientRect(),
    ]),
    focus: document.activeElement.outerHTML.slice(0, 200),
    height: innerHeight,
})"""


class Seen:
    """What was there in the place of a menu, when the wait for it is over."""

    def __init__(self, page):
        self.page = page

    def __str__(self):
        return f"a menu, and saw {self.page.evaluate(SEEN)}"


def opened(notebook):
    """The menu's place in the window."""
    menu = notebook.page.get_by_role("menu").and_(notebook.page.locator(".menu"))
    eventually(menu.is_visible, Seen(notebook.page))
    box = menu.bounding_box()
    return menu, box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


QUIET = """element => new Promise((resolve) => {
    let frames = 0;
    let since = performance.now();
    const scrolled = () => { frames = 0; since = performance.now(); };
    window.addEventListener("scroll", scrolled, true);
    window.addEventListener("resize", scrolled);
    element.scrollIntoView({block: "end"});
    requestAnimationFrame(function next() {
        if (++frames < 30 || performance.now() - since < 500) return requestAnimationFrame(next);
        window.removeEventListener("scroll", scrolled, true);
        window.removeEventListener("resize", scrolled);
        resolve();
    });
})"""


def show(opener):
    """Scroll it to the window's end, until the page rests: what is scrolled later closes a menu."""
    opener.evaluate(QUIET)


@pytest.mark.parametrize("height", [420, 250])
def test_menus_lie_within_a_low_window_and_all_of_them_can_be_reached(shell, height):
    notebook, terminal = shell
    terminal.run("true")
    eventually(lambda: terminal.host.locator(".mark.ok").count() == 1, "the mark of what ran")
    notebook.page.set_viewport_size({"width": 1280, "height": height})
    for opener in (terminal.host.get_by_role("button", name="More"), terminal.host.locator(".mark.ok")):
        show(opener)
        opener.click()
        menu, left, top, right, bottom = opened(notebook)
        assert (left >= 0, top >= 0, right <= 1280, bottom <= height) == (True, True, True, True)
        last = menu.get_by_role("menuitem").last
        notebook.page.keyboard.press("End")
        box = last.bounding_box()
        assert last.evaluate("item => item === document.activeElement")
        assert top <= box["y"] <= bottom - box["height"]
        notebook.page.keyboard.press("Escape")


def test_a_menu_closes_when_what_opened_it_moves_and_not_before(shell):
    notebook, terminal = shell
    page = notebook.page
    terminal.run("true")
    eventually(lambda: terminal.host.locator(".mark.ok").count() == 1, "the mark of what ran")
    page.set_viewport_size({"width": 1280, "height": 420})
    for opener in (terminal.host.get_by_role("button", name="More"), terminal.host.locator(".mark.ok")):
        show(opener)
        opener.click()
        menu = opened(notebook)[0]
        terminal.host.evaluate(
            "host => { for (let at = host; at; at = at.parentElement) at.dispatchEvent(new Event('scroll')); }"
        )
        page.evaluate("() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
        assert menu.is_visible()
        opener.evaluate("element => element.scrollIntoView({block: 'start'})")
        menu.wait_for(state="detached")
    more = terminal.host.get_by_role("button", name="More")
    show(more)
    more.click()
    opened(notebook)
    page.set_viewport_size({"width": 900, "height": 420})
    menu.wait_for(state="detached")


HEARD = """host => {
    globalThis.heard = [];
    host.addEventListener("contextmenu", (event) => setTimeout(() => globalThis.heard.push(event.defaultPrevented)));
}"""


def right_click(terminal, **options):
    """Whether the browser's own menu was kept from opening, and what of JupyterLab's is open."""
    page = terminal.page
    terminal.host.evaluate(HEARD)
    box = terminal.host.locator(".xterm-screen").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 8)
    page.mouse.click(box["x"] + 20, box["y"] + 8, button="right", **options)
    prevented = eventually(lambda: page.evaluate("globalThis.heard"), "that the menu was asked for")
    return prevented, page.locator(".lm-Menu").count()


def test_a_right_click_opens_the_browsers_own_menu_and_keeps_what_is_selected(shell):
    notebook, terminal = shell
    terminal.run("echo one; echo two")
    terminal.wait_for_text("\ntwo")
    terminal.evaluate("view.term.select(0, 0, 8);")
    selected = terminal.evaluate("return view.term.getSelection();")
    assert right_click(terminal) == ([False], 0)
    assert terminal.evaluate("return view.term.getSelection();") == selected
    # It is the textarea that the browser's menu copies from and pastes to.
    assert notebook.page.evaluate("document.activeElement.value") == selected


def test_a_right_click_is_the_programs_where_it_takes_the_mouse(shell):
    _, terminal = shell
    terminal.run("printf '\\033[?1000h'")
    eventually(lambda: terminal.evaluate("return view.term.modes.mouseTrackingMode;") == "vt200", "that it listens")
    assert right_click(terminal) == ([True], 0)


REFUSED = """() => Object.defineProperty(navigator.clipboard, "readText", {
    configurable: true, value: () => Promise.reject(new DOMException("denied", "NotAllowedError")),
})"""


@pytest.mark.parametrize(
    "kept", [REFUSED, "() => Object.defineProperty(navigator, 'clipboard', {configurable: true, value: undefined})"]
)
def test_paste_by_menu_says_so_where_the_page_may_not_read_the_clipboard(shell, kept):
    notebook, terminal = shell
    notebook.page.evaluate(kept)
    terminal.host.get_by_role("button", name="More").click()
    notebook.page.get_by_role("menuitem", name="Paste").click()
    eventually(
        lambda: "does not let this page read the clipboard: press Ctrl+Shift+V." in terminal.host.inner_text(),
        "a word about it",
    )
    notebook.page.evaluate("() => { delete navigator.clipboard?.readText; delete navigator.clipboard; }")
    terminal.evaluate("view.term.focus();")
    notebook.page.evaluate("navigator.clipboard.writeText('')")
    notebook.page.keyboard.press("Control+Shift+V")
    eventually(lambda: "read the clipboard" not in terminal.host.inner_text(), "that it goes with a paste")
