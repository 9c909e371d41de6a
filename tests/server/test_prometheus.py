"""The engine's figures in the server's own `/metrics`."""

import os
import signal
import time

from prometheus_client.parser import text_string_to_metric_families

from orchflow_jupyter import Document
from orchflow_jupyter.client import Engine
from orchflow_jupyter.errors import EngineUnavailableError
from orchflow_jupyter.server.prometheus import FRESH, PAUSE, EngineCollector
from tests.support.jupyter import JupyterServer
from tests.support.stream import TerminalStream
from tests.support.waiting import eventually


def scraped(server):
    """All samples of ours: name and labels to value."""
    answer = server.request("GET", "metrics")
    assert answer.status == 200
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
        if family.name.startswith("orchflow_")
    }


def fresh(server):
    """The samples of a new reading."""
    time.sleep(FRESH)
    return scraped(server)


def test_a_scrape_tells_what_the_engine_does(server, terminal):
    before = fresh(server)
    assert before[("orchflow_up",)] == 1
    with TerminalStream(server, terminal["id"]) as stream:
        stream.type(b"hello\n")
        stream.read_until(b"hello\r\nhello")
    after = fresh(server)
    assert after[("orchflow_inputs_total",)] - before[("orchflow_inputs_total",)] == 1
    assert after[("orchflow_input_bytes_total",)] - before[("orchflow_input_bytes_total",)] == 6
    assert after[("orchflow_output_bytes_total",)] > before[("orchflow_output_bytes_total",)]
    assert after[("orchflow_terminals_running",)] >= 1
    assert after[("orchflow_connections_opened_total",)] - before[("orchflow_connections_opened_total",)] == 1
    assert after[("orchflow_control_call_seconds_count", ("method", "adopt"))] >= 1
    assert after[("orchflow_engine_resident_memory_bytes",)] > 1 << 20
    assert after[("orchflow_engine_cpu_seconds_total", ("mode", "user"))] > 0


def test_a_scrape_tells_what_documents_do(server):
    path = server.root / "scraped.md"
    path.write_text("one\n")
    with Engine.open(server.engine_dir, str(server.root)) as engine, Document(path, engine=engine) as document:
        document.flush()
        before = fresh(server)
        document.insert(0, "zero\n")
        document.flush()
        document.save()
        path.write_text("zero\none\ntwo\n")
        eventually(lambda: document.text == "zero\none\ntwo\n", "the change")
        after = fresh(server)

    def more(name):
        return after[(f"orchflow_document_{name}",)] - before[(f"orchflow_document_{name}",)]

    assert [more(name) for name in ("updates_in_total", "saves_total", "outside_changes_total")] == [1, 1, 1]
    for name in ("save", "merge", "latency", "journal_lag"):
        assert more(f"{name}_seconds_count") >= 1, name
    for name in ("rooms", "members", "bytes", "journal_bytes"):
        assert after[(f"orchflow_document_{name}",)] >= 1, name
    assert more("conflicts_total") == more("failed_saves_total") == 0


def test_histograms_are_whole_and_cumulative(server, terminal):
    told = scraped(server)
    for name in (
        "orchflow_keystroke_echo_seconds",
        "orchflow_output_latency_seconds",
        "orchflow_file_delivery_seconds",
    ):
        buckets = sorted((float(key[1][1]), value) for key, value in told.items() if key[0] == f"{name}_bucket")
        counts = [value for _, value in buckets]
        assert counts == sorted(counts)
        assert (len(buckets), buckets[0][0], buckets[-1][0]) == (32, 1e-5, float("inf"))
        assert counts[-1] == told[(f"{name}_count",)]
        assert (f"{name}_sum",) in told


def test_no_terminal_is_named(server, terminal):
    server.request("PATCH", f"orchflow/api/terminals/{terminal['id']}", {"name": "very-special"})
    body = server.request("GET", "metrics").body.decode()
    assert terminal["id"] not in body
    assert "very-special" not in body


def test_who_has_no_identity_gets_none_of_it(server):
    assert server.request("GET", "metrics", token=False).status == 403


def test_an_engine_that_stands_still_does_not_hold_the_server_up_for_long(tmp_path):
    with JupyterServer(tmp_path) as server:
        engine = server.engine_pid
        eventually(lambda: scraped(server).get(("orchflow_up",)) == 1, "the first figures", timeout=30)
        os.kill(engine, signal.SIGSTOP)
        try:
            told = fresh(server)
            assert told == {("orchflow_up",): 0}
            assert server.request("GET", "api/status").status == 200
        finally:
            os.kill(engine, signal.SIGCONT)


FIGURES = {
    "version": "1",
    "boot": "b",
    "started": "2026-01-02T03:04:05+00:00",
    "bounds": [0.1, 1.0],
    "echo": {"buckets": [1, 2, 3], "sum": 4.5},
    "output": {"buckets": [0, 0, 0], "sum": 0.0},
    "calls": {},
    "errors": {"not_found": 2},
    "connections": {"opened": 1, "resumed": 0, "dropped": 0, "closed": {"1000": 1}},
    "open": 0,
    "attached": 1,
    "terminals": {"created": 1, "running": 1, "exited": 0},
    "memory": {"private": None, "resident": 5},
    "cpu": {"user": 1.0, "system": 2.0},
} | dict.fromkeys(
    (
        "operations",
        "inputs",
        "bytes_in",
        "bytes_out",
        "messages_in",
        "messages_out",
        "batched",
        "gaps",
        "snapshots",
        "recordings",
    ),
    7,
)


class Played:
    """A collector whose clock and engine a test plays."""

    def __init__(self):
        self.now = 0.0
        self.asked = 0
        self.answers = True
        self.collector = EngineCollector(lambda: self.now)
        self.collector.serve(self.source)

    def source(self):
        self.asked += 1
        if not self.answers:
            raise EngineUnavailableError("gone")
        return FIGURES

    def up(self):
        return next(iter(self.collector.collect())).samples[0].value


def test_the_engine_is_asked_once_a_second_at_most():
    played = Played()
    assert [played.up(), played.up()] == [1, 1]
    assert played.asked == 1
    played.now += FRESH
    played.up()
    assert played.asked == 2


def test_an_engine_that_did_not_answer_is_left_alone_for_a_while():
    played = Played()
    played.answers = False
    assert played.up() == 0
    played.now += PAUSE - 1
    assert played.up() == 0
    assert played.asked == 1
    played.now += 1
    played.answers = True
    assert played.up() == 1


def test_what_is_not_known_is_not_told():
    names = {family.name for family in Played().collector.collect()}
    assert "orchflow_engine_resident_memory_bytes" in names
    assert "orchflow_engine_private_memory_bytes" not in names


def test_without_an_engine_to_ask_there_is_nothing():
    assert list(EngineCollector().collect()) == []
