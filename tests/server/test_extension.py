"""The extension in a server that cannot load it."""

from tests.support.jupyter import JupyterServer
from tests.support.waiting import GENEROUS


def test_setting_out_of_bounds_is_told_in_the_log_and_the_server_runs_and_ends_without_us(tmp_path):
    server = JupyterServer(tmp_path, args=["--OrchFlow.ring_bytes=5"])
    with server:
        assert server.request("GET", "orchflow/api/terminals").status == 404
        server.process.terminate()
        assert server.process.wait(GENEROUS) == 0
    assert "'ring_bytes' trait of an OrchFlow instance should not be less than 65536, but a value of 5" in server.log
    assert "AttributeError" not in server.log
