"""What users install, and what every module keeps to."""

import ast
import importlib
import json
import os
import pkgutil
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import orchflow_jupyter

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "orchflow_jupyter").rglob("*.py"))
SHELL_SCRIPTS = [path for path in (ROOT / "orchflow_jupyter/terminals/shell").rglob("*") if path.is_file()]
MODULES = sorted(m.name for m in pkgutil.walk_packages(orchflow_jupyter.__path__, "orchflow_jupyter."))
CONFIG = "etc/jupyter/jupyter_server_config.d/orchflow_jupyter.json"
BUNDLES = ("editor", "editorWidget", "files", "loader", "metrics", "recording", "terminal")
PARTS = (ROOT / "orchflow_jupyter/static/editor").glob("*.js")
"""The editor comes in parts, whose names tell what is in them."""
JAVASCRIPT = {f"orchflow_jupyter/static/{name}.js" for name in BUNDLES} | {
    str(path.relative_to(ROOT)) for path in PARTS
}
LINES = 300

HEAVY = (
    "anywidget",
    "ipywidgets",
    "IPython",
    "jupyter_server",
    "msgspec",
    "tornado",
    "traitlets",
    "uvloop",
    "websockets",
)


# -- what users install


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A wheel and an sdist of this tree."""
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "SKIP_JUPYTER_BUILDER"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built):
    (path,) = built.glob("*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


@pytest.fixture(scope="module")
def sdist(built):
    """The names in the sdist, below its one folder."""
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as opened:
        return {name.split("/", 1)[1] for name in opened.getnames() if "/" in name}


def test_the_wheel_carries_the_package_with_its_javascript_and_nothing_else(wheel):
    names = set(wheel.namelist())
    assert {name for name in names if name.startswith("orchflow_jupyter/")} == JAVASCRIPT | {
        str(path.relative_to(ROOT)) for path in [*SOURCES, *SHELL_SCRIPTS]
    } | {"orchflow_jupyter/py.typed"}
    beside = {name.split("/")[0].rpartition(".")[2] for name in names if not name.startswith("orchflow_jupyter/")}
    assert beside == {"data", "dist-info"}
    assert len(names) == len(wheel.namelist())
    for name in JAVASCRIPT:
        assert wheel.read(name) == (ROOT / name).read_bytes()


def test_the_wheel_enables_the_server_extension(wheel):
    (name,) = (name for name in wheel.namelist() if name.endswith(f".data/data/{CONFIG}"))
    assert json.loads(wheel.read(name)) == {"ServerApp": {"jpserver_extensions": {"orchflow_jupyter": True}}}


def test_the_sdist_can_be_built_without_node_and_carries_no_tests(sdist):
    assert sdist >= JAVASCRIPT | {"jupyter-config/jupyter_server_config.d/orchflow_jupyter.json", "pyproject.toml"}
    assert sdist >= {"LICENSE", "README.md", "js/package.json", "js/src/widgets/loader.ts"}
    foreign = {name for name in sdist if name.split("/")[0] in ("tests", "build", "dist", ".venv", ".ci")}
    assert foreign | {name for name in sdist if "node_modules" in name or name.startswith("js/tests")} == set()


def test_the_editor_finds_its_parts_and_nothing_else_is_among_them():
    folder = ROOT / "orchflow_jupyter/static/editor"
    named = re.compile(r"""\bimport\(?\s*[`"'](?:\./)?(?:editor/)?([\w.-]+\.js)|\bfrom\s*[`"']\./([\w.-]+\.js)""")
    wanted = ["editor.js"]
    found = set()
    while wanted:
        name = wanted.pop()
        text = (folder.parent if name == "editor.js" else folder).joinpath(name).read_text()
        parts = {one or other for one, other in named.findall(text)} - found
        found |= parts
        wanted += parts
    assert found == {path.name for path in folder.iterdir()}


# -- what an import costs


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        ("orchflow_jupyter", ()),
        ("orchflow_jupyter.client", ()),
        ("orchflow_jupyter.client.control", ()),
        ("orchflow_jupyter.client.launch", ()),
        ("orchflow_jupyter.client.sync", ("websockets",)),
        ("orchflow_jupyter.rendezvous", ()),
        ("orchflow_jupyter.settings", ()),
        ("orchflow_jupyter.protocol.terminal", ()),
    ],
)
def test_importing_brings_nothing_heavy(module, allowed):
    code = f"import json, sys, {module}; print(json.dumps([m for m in sys.modules if '.' not in m]))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)) & set(HEAVY) <= set(allowed)


# -- what every module keeps to


@pytest.mark.parametrize("name", MODULES)
def test_a_module_exports_what_it_says(name):
    if name.endswith((".__main__", "._version")):
        return
    module = importlib.import_module(name)
    exported = getattr(module, "__all__", None)
    if exported is None:
        assert Path(module.__file__).name == "__init__.py"
        return
    assert len(exported) == len(set(exported))
    for each in exported:
        assert getattr(module, each) is not None


def test_the_package_exports_what_it_says():
    from orchflow_jupyter.widgets.terminal import Terminal

    documents, widgets = ["AsyncDocument", "Document"], ["Editor", "FileEvents", "Metrics", "Recording", "Terminal"]
    assert orchflow_jupyter.__all__ == [*documents, *widgets, "__version__", "awatch", "watch"]
    assert orchflow_jupyter.Terminal is Terminal
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = orchflow_jupyter.no_such_thing
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = importlib.import_module("orchflow_jupyter.client").no_such_thing


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_in_its_first_line_what_it_is_and_is_short(path):
    text = path.read_text()
    assert len(text.splitlines()) <= LINES
    if path.name == "_version.py":
        return
    docstring = ast.get_docstring(ast.parse(text))
    assert docstring, "no docstring"
    first = docstring.splitlines()[0]
    assert text.startswith(f'"""{first}'), "the docstring is not the first line"
    assert len(first) >= 15
    assert first.endswith((".", ":"))
