"""The manager of Jupyter's own terminals: they outlive the server, and idle ones are culled."""

import json

from tests.support.jupyter import JupyterServer
from tests.support.processes import alive
from tests.support.terminado import ON_THE_ENGINE, JupyterTerminal, names, new
from tests.support.waiting import eventually


def test_it_survives_the_server_with_its_output_and_its_shell(tmp_path):
    with JupyterServer(tmp_path, args=ON_THE_ENGINE) as server:
        name = new(server)
        with JupyterTerminal(server, name) as terminal:
            terminal.type("echo before $((6 * 7)); left=here\r")
            terminal.read_until("before 42\r\n")
            (model,) = server.request("GET", "orchflow/api/terminals").json
            server.kill9()
            terminal.read_to_the_end()
            assert terminal.socket.protocol.close_code == 1006  # upon which JupyterLab connects again
        server.start()
        with JupyterTerminal(server, name) as terminal:
            assert terminal.read_until("before 42\r\n").startswith("\x18\x1bc")
            terminal.type("echo $left still $$\r")
            terminal.read_until(f"here still {model['pid']}\r\n")
        assert names(server) == [name]


def test_inactive_ones_are_culled_also_those_from_before_a_restart(tmp_path):
    culling = ["--TerminalManager.cull_inactive_timeout=1", "--TerminalManager.cull_interval=1"]
    with JupyterServer(tmp_path, args=ON_THE_ENGINE) as server:
        name = new(server, shell_command=["cat"])
        (model,) = server.request("GET", "orchflow/api/terminals").json
        server.stop_server()
        assert alive(model["pid"])
        server.args += culling
        server.start()
        eventually(lambda: names(server) == [], "the terminal to be culled")
        assert f"Culling terminal '{name}'" in server.log
        assert new(server) == "1"
        eventually(lambda: names(server) == [], "another one to be culled")


def test_where_our_extension_is_off_the_log_says_what_to_do(tmp_path):
    folder = tmp_path / "config" / "jupyter_server_config.d"
    folder.mkdir(parents=True)
    off = {"ServerApp": {"jpserver_extensions": {"orchflow_jupyter": False}}}
    (folder / "orchflow_jupyter.json").write_text(json.dumps(off))
    with JupyterServer(tmp_path, args=ON_THE_ENGINE, env={"JUPYTER_PREFER_ENV_PATH": "0"}) as server:
        assert "jupyter server extension enable orchflow_jupyter" in server.log
        assert server.request("GET", "api/terminals").status == 404
