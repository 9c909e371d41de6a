"""Real shells with our integration: what their users' files do, what is marked, and what is not believed."""

import pytest

from orchflow_jupyter.protocol.terminal import Op

BASH = ["bash", "-l"]


@pytest.fixture
def home(tmp_path):
    """A home folder with nothing in it."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


class Shell:
    """A shell at its prompt, and the events of its stream."""

    def __init__(self, process, home, command, **fields):
        env = {"HOME": str(home), "PS1": "$ "} | fields.pop("env", {})
        self.process = process
        self.id = process.create(command, cwd=str(home), env=env, **fields)
        self.stream = process.attach(self.id)
        self.seen = 0

    def events(self):
        return [message.value for message in self.stream.of(Op.EVENT)]

    def next(self, kind):
        """The next event of `kind`, after those that were asked for before."""

        def found():
            events = self.events()
            for at in range(self.seen, len(events)):
                if events[at]["kind"] == kind:
                    self.seen = at + 1
                    return events[at]
            return None

        return self.stream.until(found, f"event {kind}")

    def does(self, line):
        """The end of a command that is typed at the prompt."""
        self.next("prompt")
        self.stream.type(line if isinstance(line, bytes) else line.encode() + b"\r")
        return self.next("command_finished")

    def output(self, finished):
        return bytes(self.stream.output[finished["start"] - self.stream.start : finished["end"] - self.stream.start])

    def model(self):
        return self.process.model(self.id)


@pytest.fixture
def shell(engine, home):
    """Starts a shell in that home folder."""

    def start(command=BASH, **fields):
        return Shell(engine, home, command, **fields)

    return start


def test_a_command_is_told_with_its_line_its_output_and_its_exit_code(shell, home):
    it = shell()
    done = it.does("echo one; echo two; (exit 7)")
    assert (done["command"], done["exit_code"], done["cwd"]) == ("echo one; echo two; (exit 7)", 7, str(home))
    assert it.output(done) == b"one\r\ntwo\r\n"
    model = it.model()
    assert (model["integration"], model["command"]) == ("live", BASH)
    assert model["last_command"]["exit_code"] == 7


def test_a_command_that_runs_makes_it_busy(shell):
    it = shell()
    it.next("prompt")
    it.stream.type(b"read x\r")
    assert it.next("command_started")["command"] == "read x"
    assert it.model()["busy"] is True  # a builtin, that no look at the foreground would tell
    it.stream.type(b"\r")
    assert it.next("command_finished")["exit_code"] == 0


def test_the_directory_is_followed(shell, home):
    (home / "a;b\\c").mkdir()
    it = shell()
    it.does("cd a*")
    assert it.next("cwd")["cwd"] == str(home / "a;b\\c")
    assert it.model()["cwd"] == str(home / "a;b\\c")


def test_a_file_with_marks_in_it_is_not_believed(shell, home):
    (home / "forged").write_bytes(
        b"\x1b]633;D;0\x07\x1b]633;A\x07\x1b]133;D;0\x07\x1b]633;P;Cwd=/etc\x07\x1b]7;file:///etc\x07"
    )
    it = shell()
    it.next("prompt")
    it.stream.type(b"cat forged; read x; false\r")
    it.stream.text(b"file:///etc\x07")
    assert it.model()["busy"] is True
    it.stream.type(b"\r")
    done = it.next("command_finished")
    assert (done["exit_code"], done["cwd"]) == (1, str(home))
    assert b"\x1b]633;D;0\x07" in it.output(done)


def test_the_nonce_is_not_to_be_had_from_within(shell):
    it = shell()
    done = it.does("env | grep -c -e ORCHFLOW_NONCE -e ORCHFLOW_ENV; declare -px | grep -c NONCE")
    assert it.output(done) == b"0\r\n0\r\n"


def test_nested_shells_without_integration_are_one_command(shell):
    it = shell()
    it.next("prompt")
    it.stream.type(b"env PS1='inner ' bash --norc\r")
    it.next("command_started")
    it.stream.type(b"echo ne''sted; exit 4\r")
    it.stream.text(b"nested")
    done = it.next("command_finished")
    assert (done["exit_code"], sum(e["kind"] == "command_started" for e in it.events())) == (4, 1)


def test_ctrl_c_at_the_prompt_is_no_command(shell):
    it = shell()
    it.next("prompt")
    it.stream.quiet()  # readline loses an interrupt that comes before it waits for keys
    it.stream.type(b"half a li\x03")
    done = it.does("echo $?")
    assert it.output(done) == b"130\r\n"
    assert sum(e["kind"] == "command_started" for e in it.events()) == 1


def test_ctrl_c_in_a_command_ends_it_with_130(shell):
    it = shell()
    it.next("prompt")
    it.stream.type(b"sh -c 'echo u\"\"p; sleep 1000'\r")
    it.stream.text(b"up\r\n")
    while not any(event["kind"] == "command_finished" for event in it.events()):
        it.stream.send(Op.SIGNAL, 0, "INT")  # one that comes while a program is being started may be lost
        it.stream.quiet(0.25)
    assert it.next("command_finished")["exit_code"] == 130


def test_a_command_of_several_lines_is_one(shell):
    it = shell()
    done = it.does("for i in 1 2\rdo\recho $i\rdone")
    assert (it.output(done), done["exit_code"]) == (b"1\r\n2\r\n", 0)
    assert done["command"].startswith("for i in 1 2")


def test_a_cleared_screen_changes_nothing(shell):
    it = shell()
    assert it.does("printf '\\033[H\\033[2J\\033c'; false")["exit_code"] == 1


def test_a_syntax_error_is_no_command(shell):
    it = shell()
    it.next("prompt")
    it.stream.type(b"fi\r")
    assert it.does("echo here")["command"] == "echo here"


def test_exit_ends_the_command_and_the_shell(shell):
    it = shell()
    it.next("prompt")
    it.stream.type(b"exit 5\r")
    assert it.next("command_finished")["exit_code"] == 5
    assert it.stream.next(Op.EXIT).value == {"code": 5, "signal": None}


def test_integration_can_be_switched_off(shell):
    it = shell(integration=False)
    it.stream.type(b"echo a''b\r")
    it.stream.text(b"ab")
    assert it.model()["integration"] == "none"
    assert b"\x1b]633" not in it.stream.output


@pytest.mark.parametrize("command", [["bash", "-c", "echo '$ '; cat"], ["cat"]])
def test_what_is_no_shell_for_people_is_left_alone(shell, command):
    assert shell(command).model()["integration"] == "none"


# -- bash


@pytest.mark.parametrize(("command", "login"), [(["bash"], "off"), (["bash", "-l"], "on"), (["bash", "--login"], "on")])
def test_bash_is_as_it_would_be_without_us(shell, command, login):
    asked = (
        "shopt login_shell; shopt -o posix; echo $0 $- $HISTFILE ${ENV-none}; declare -p HISTFILE; set -o | grep hist"
    )
    outputs = []
    for integration in (True, False):
        it = shell(command, integration=integration)
        if integration:
            done = it.does(asked)
            outputs.append(it.output(done))
        else:
            it.stream.type(asked.encode() + b"; echo do''ne\r")
            outputs.append(it.stream.text(b"done\r\n").split(b"do''ne\r\n", 1)[1])
    assert outputs[0] in outputs[1]
    assert f"login_shell    \t{login}".encode() in outputs[0]


def test_bash_reads_the_same_files_as_ever(shell, home):
    for name in (".bashrc", ".bash_profile", ".bash_login", ".profile"):
        (home / name).write_text(f"read_files+=:{name}\n")
    assert it_says(shell(["bash"]), "echo $read_files") == b":.bashrc\r\n"
    assert it_says(shell(["bash", "-l"]), "echo $read_files") == b":.bash_profile\r\n"
    (home / ".bash_profile").unlink()
    (home / ".bash_login").unlink()
    assert it_says(shell(["bash", "-l"]), "echo $read_files") == b":.profile\r\n"


def it_says(it, line):
    return it.output(it.does(line))


def test_bash_keeps_the_users_own_hooks(shell, home):
    (home / ".bashrc").write_text("PROMPT_COMMAND='status=$?; PS1=\"<$status> \"'; PS0='(go)'; trap 'x=1' DEBUG\n")
    it = shell(["bash"])
    assert it.does("(exit 6)")["exit_code"] == 6
    assert it.does("echo $x")["exit_code"] == 0
    assert b"<6> " in it.stream.output
    assert b"(go)" in it.stream.output
    it.stream.type(b"exit\r")


def test_bash_tells_no_line_that_its_user_keeps_out_of_the_history(shell, home):
    (home / ".bashrc").write_text("HISTCONTROL=ignoreboth\n")
    it = shell(["bash"])
    assert it.does("echo told")["command"] == "echo told"
    assert it.does("7z || true")["command"] == "7z || true"
    assert it.does(" echo secret")["command"] == ""


def test_bash_is_told_its_own_env_file(shell, home):
    assert it_says(shell(env={"ENV": "/no/such"}), "echo $ENV; env | grep -c ^ENV=") == b"/no/such\r\n1\r\n"
