"""A terminal as a whole: listeners, attachments, typing, sizes, and its end; with a program that a test plays."""

import pytest

from orchflow_jupyter.protocol.terminal import Op
from tests.support.sessions import Played, pulled


def output(messages):
    return b"".join(message.value for message in messages if message.op is Op.OUTPUT)


# -- who listens


def test_every_listener_gets_everything():
    with Played() as it:
        listeners = [it.attach() for _ in range(3)]
        it.say(b"for all")
        assert [output(pulled(listener)) for listener in listeners] == [b"for all"] * 3
        assert it.session.model()["clients"] == 3


def test_detached_listener_is_forgotten_and_told_no_more():
    with Played() as it:
        listener = it.attach()
        it.session.detach(listener)
        it.session.detach(listener)
        it.say(b"x")
        assert (listener.told, it.session.model()["clients"]) == ([], 0)


def test_same_attachment_evicts_the_old_one_and_no_other():
    with Played() as it:
        old, other = it.attach(attachment="mine"), it.attach(attachment="other")
        it.attach(attachment="mine")
        assert (old.told, other.told) == (["evict"], [])


def left(it, name):
    """One that came, typed and left."""
    listener = it.attach(attachment=name)
    it.session.type(listener, b"x", 7)
    it.session.detach(listener)


def test_attachments_remember_their_last_input_and_the_oldest_are_forgotten():
    with Played(attachments=2) as it:
        for name in "abc":
            left(it, name)
        left(it, "b")
        left(it, "d")
        it.attach(attachment="e")
        assert it.session.attachments == {"b": 7, "d": 7}


def test_those_that_are_there_or_have_never_typed_push_no_other_out():
    with Played(attachments=2) as it:
        there = it.attach(attachment="there")
        it.session.type(there, b"x", 3)
        left(it, "a")
        for _ in range(10):
            it.session.detach(it.attach(writable=False))
            it.session.detach(it.attach())
        assert it.session.attachments == {"there": 3, "a": 7}
        left(it, "b")
        it.attach()
        assert it.session.attachments == {"there": 3, "b": 7}


# -- when the program is read


def test_program_is_read_while_nobody_listens():
    with Played(window=10, ring_bytes=100) as it:
        for _ in range(100):
            it.say(b"0123456789")
            it.loop.pass_time(0.1)
        assert it.session.ring.end == 1000


def test_program_is_not_read_while_no_listener_can_take_more_and_only_then():
    with Played(window=100, ring_bytes=1000) as it:
        slow, fast = it.attach(), it.attach()
        it.say(b"x" * 100)
        pulled(slow), pulled(fast)
        it.session.update()
        assert not it.watching
        fast.acknowledge(1)
        assert it.watching
        it.session.detach(fast)
        assert not it.watching
        it.session.detach(slow)
        assert it.watching


def test_listener_alone_is_never_left_behind_however_slow_it_is():
    with Played(window=100, ring_bytes=1000) as it:
        slow, data = it.attach(), b"0123456789" * 500
        it.pty.say(data)
        came = b""
        for _ in range(2000):
            if it.watching:
                it.loop.readers[it.pty.fd]()
            it.loop.pass_time(0.1)
            messages = pulled(slow)
            assert Op.GAP not in [message.op for message in messages]
            came += output(messages)
            slow.acknowledge(slow.acked + 10)
        assert came == data


def test_jammed_listener_does_not_keep_the_program_running():
    with Played() as it:
        listener = it.attach()
        listener.jammed = True
        it.session.update()
        assert not it.watching


def test_program_is_read_on_while_its_listener_is_not_heard():
    with Played(window=100, ring_bytes=1000, input_high=10, input_low=5, takes=0) as it:
        listener = it.attach()
        it.session.type(listener, b"x" * 20, 1)
        listener.input_held = True
        it.say(b"y" * 100)
        pulled(listener)
        it.session.update()
        assert it.watching
        it.pty.takes = 20
        it.loop.writers[it.pty.fd]()
        assert listener.input_held is False
        it.session.update()
        assert not it.watching


# -- typing


def test_input_reaches_the_program_in_the_same_turn_and_its_number_is_known():
    with Played() as it:
        listener = it.attach(attachment="mine")
        it.session.type(listener, b"ls\n", 3)
        assert bytes(it.pty.typed) == b"ls\n"
        assert pulled(it.attach(attachment="mine"))[0].value["input"] == 3


def test_echo_goes_to_everybody():
    with Played(echoes=True) as it:
        listener, watcher = it.attach(), it.attach(writable=False)
        it.session.type(listener, b"hello", 1)
        it.loop.readers[it.pty.fd]()
        assert output(pulled(listener)) == output(pulled(watcher)) == b"hello"


def test_signal_goes_to_the_program_until_it_has_ended():
    with Played() as it:
        it.session.signal("INT")
        it.pty.end()
        it.session.signal("TERM")
        assert it.pty.signals == ["INT"]


# -- size


def test_new_size_is_set_and_told():
    with Played() as it:
        listener = it.attach()
        pulled(listener)
        it.resize(100, 30)
        assert it.pty.sizes == [(100, 30)]
        assert [(m.op, m.value) for m in pulled(listener)] == [(Op.RESIZED, (100, 30))]
        assert (it.session.model()["cols"], it.session.model()["rows"]) == (100, 30)


def test_same_size_is_dropped():
    with Played() as it:
        listener = it.attach()
        pulled(listener)
        it.resize(80, 24)
        assert (it.pty.sizes, pulled(listener), listener.told) == ([], [], [])


def test_storm_is_cut_to_its_first_and_its_last():
    with Played(settle=0.05) as it:
        it.loop.pass_time(10)
        for cols in range(100, 150):
            it.session.resize(cols, 24)
            it.loop.pass_time(0.0001)
        assert it.pty.sizes == [(100, 24)]
        it.loop.pass_time(1)
        assert it.pty.sizes == [(100, 24), (149, 24)]


def test_long_storm_moves_once_in_a_while():
    with Played(settle=0.05) as it:
        for step in range(1000):
            it.session.resize(100 + step % 2, 30 + step % 7)
            it.loop.pass_time(0.001)
        assert 15 <= len(it.pty.sizes) <= 21


def test_way_back_to_the_present_size_cancels_what_was_wanted():
    with Played(settle=0.05) as it:
        it.resize(100, 30)
        it.session.resize(120, 40)
        it.session.resize(100, 30)
        it.loop.pass_time(1)
        assert it.pty.sizes == [(100, 30)]


# -- end


def test_end_is_told_once_and_all_is_closed():
    with Played() as it:
        listener = it.attach()
        pulled(listener)
        it.pty.say(b"last words")
        it.pty.end(1 << 8)
        assert it.ended == [it.session]
        assert [m.op for m in pulled(listener)] == [Op.OUTPUT, Op.EXIT]
        assert it.session.model()["state"] == "exited"
        assert it.session.model()["exit"] == {"code": 1, "signal": None}
        assert (it.loop.readers, it.loop.writers, it.loop.timers) == ({}, {}, [])


def test_hang_up_kills_who_ignores_it():
    with Played(kill_after=2.0) as it:
        it.session.hang_up()
        it.session.hang_up()
        it.loop.pass_time(1.9)
        assert (it.pty.hung_up, it.pty.killed) == (1, 0)
        it.loop.pass_time(0.2)
        assert it.pty.killed == 1


def test_who_heeds_the_hang_up_is_not_killed():
    with Played(kill_after=2.0) as it:
        it.session.hang_up()
        it.pty.end()
        it.loop.pass_time(10)
        assert it.pty.killed == 0


def test_size_that_was_wanted_at_the_end_is_forgotten():
    with Played(settle=0.05) as it:
        it.resize(100, 30)
        it.session.resize(120, 40)
        it.pty.end()
        it.session.resize(130, 50)
        it.loop.pass_time(1)
        assert it.pty.sizes == [(100, 30)]


def test_senders_that_were_held_back_are_let_go_at_the_end():
    with Played(input_high=10, input_low=5, takes=0) as it:
        listener = it.attach()
        it.session.type(listener, b"x" * 100, 1)
        listener.input_held = True
        it.pty.end()
        assert listener.input_held is False
        assert len(it.session.input) == 0
        it.session.type(listener, b"for nobody", 2)


def test_memory_is_given_back_when_the_last_listener_has_gone():
    with Played() as it:
        listener = it.attach()
        it.say(b"x")
        it.session.close()
        it.pty.end()
        assert output(pulled(listener)) == b"x"
        it.session.detach(listener)
        with pytest.raises(ValueError, match="released"):
            it.session.ring.read(0, 1)


# -- what is said of it


def test_model_says_what_the_protocol_promises():
    with Played(size=(100, 30)) as it:
        it.say(b"x")
        it.session.name = "another name"
        model = it.session.model()
        assert list(model) == [
            *("id", "name", "command", "cwd", "pid", "cols", "rows", "created", "last_activity"),
            *(
                "state",
                "exit",
                "clients",
                "offset",
                "busy",
                "canonical",
                "title",
                "recording",
                "integration",
                "last_command",
            ),
        ]
        assert (model["id"], model["name"], model["state"], model["exit"]) == ("t-1", "another name", "running", None)
        assert (model["cols"], model["rows"], model["offset"], model["busy"]) == (100, 30, 1, False)
        assert model["created"] < model["last_activity"]
        assert model["created"].endswith("Z")


def test_it_is_busy_while_something_else_is_in_the_foreground():
    with Played() as it:
        it.pty.foreground = lambda: 12345
        assert it.session.model()["busy"] is True
        it.pty.end()
        assert it.session.model()["busy"] is False
