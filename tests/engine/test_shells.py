"""Real shells with our integration: what their users' files do, what is marked, and what is not believed."""

import pathlib
import re

import pytest

from orchflow_jupyter.client.running import PREAMBLE
from orchflow_jupyter.protocol.terminal import Op
from orchflow_jupyter.terminals import injection
from orchflow_jupyter.terminals.integration import Integration
from orchflow_jupyter.terminals.ring import Ring
from tests.support.shells import EVERY, needs, prepare

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
        env = {"HOME": str(home)} | ({"PS1": "$ "} if command[0] == "bash" else {}) | fields.pop("env", {})
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

    def cancels(self):
        """Ctrl-C at the prompt, until there is a new one: one that comes before the shell waits for keys is lost."""
        prompts = sum(event["kind"] == "prompt" for event in self.events())
        while sum(event["kind"] == "prompt" for event in self.events()) == prompts:
            self.stream.type(b"\x03")
            self.stream.quiet(0.25)

    def output(self, finished):
        """What a command said; without what fish itself says at first."""
        said = self.stream.output[finished["start"] - self.stream.start : finished["end"] - self.stream.start]
        return bytes(said[PREAMBLE.match(said).end() :])

    def model(self):
        return self.process.model(self.id)


@pytest.fixture
def shell(engine, home):
    """Starts a shell in that home folder."""

    def start(command=BASH, **fields):
        return Shell(engine, home, command, **fields)

    return start


@pytest.fixture(params=EVERY)
def each(request, shell, home):
    """Starts each of the shells in turn, with files of its user's that give it a plain prompt."""

    def start(more="", **fields):
        return shell(prepare(request.param, home, more), **fields)

    start.name = request.param
    return start


def test_a_command_is_told_with_its_line_its_output_and_its_exit_code(each, home):
    it = each()
    done = it.does("echo one; echo two; sh -c 'exit 7'")
    assert (done["command"], done["exit_code"], done["cwd"]) == ("echo one; echo two; sh -c 'exit 7'", 7, str(home))
    assert it.output(done) == b"one\r\ntwo\r\n"
    model = it.model()
    assert (model["integration"], model["command"]) == ("live", [each.name, "-l"])
    assert model["last_command"]["exit_code"] == 7


def test_a_command_that_runs_makes_it_busy(each):
    it = each()
    it.next("prompt")
    it.stream.type(b"read x\r")
    assert it.next("command_started")["command"] == "read x"
    assert it.model()["busy"] is True  # a builtin, that no look at the foreground would tell
    it.stream.type(b"\r")
    assert it.next("command_finished")["exit_code"] == 0


def test_the_directory_is_followed(each, home):
    (home / "a;b\\c").mkdir()
    it = each()
    it.does("cd a*")
    assert it.next("cwd")["cwd"] == str(home / "a;b\\c")
    assert it.model()["cwd"] == str(home / "a;b\\c")


def test_a_file_with_marks_in_it_is_not_believed(each, home):
    (home / "forged").write_bytes(
        b"\x1b]633;D;0\x07\x1b]633;A\x07\x1b]133;D;0\x07\x1b]633;P;Cwd=/etc\x07\x1b]7;file:///etc\x07"
    )
    it = each()
    it.next("prompt")
    it.stream.type(b"cat forged; read x; false\r")
    it.stream.text(b"file:///etc\x07")
    assert it.model()["busy"] is True
    it.stream.type(b"\r")
    done = it.next("command_finished")
    assert (done["exit_code"], done["cwd"]) == (1, str(home))
    assert b"\x1b]633;D;0\x07" in it.output(done)


def test_the_nonce_is_in_no_environment_of_what_the_shell_starts(each, home):
    exported = "" if each.name == "fish" else "export PS1\nset -a\n"
    it = each(f"env > early\n{exported}")
    it.does("env > late; env | grep -c ORCHFLOW_TERMINAL")
    nonce = re.search(rb"\x1b]633;A;([0-9a-f]+)\x07", it.stream.output)[1]
    for name in ("early", "late"):
        assert nonce not in (home / name).read_bytes()
    names = {line.partition(b"=")[0] for line in (home / "late").read_bytes().splitlines()}
    assert {name for name in names if b"ORCHFLOW" in name or name == b"ZDOTDIR"} == {b"ORCHFLOW_TERMINAL"}


def test_nested_shells_without_integration_are_one_command(shell):
    it = shell()
    it.next("prompt")
    it.stream.type(b"env PS1='inner ' bash --norc\r")
    it.next("command_started")
    it.stream.type(b"echo ne''sted; exit 4\r")
    it.stream.text(b"nested")
    done = it.next("command_finished")
    assert (done["exit_code"], sum(e["kind"] == "command_started" for e in it.events())) == (4, 1)


def test_ctrl_c_at_the_prompt_is_no_command(each):
    it = each()
    it.next("prompt")
    it.stream.quiet()  # an interrupt throws away what the shell has not read
    it.stream.type(b"half a li")
    it.stream.text(b"li")
    it.cancels()
    it.stream.type(b"echo here\r")
    done = it.next("command_finished")
    assert (done["command"], it.output(done)) == ("echo here", b"here\r\n")
    assert sum(e["kind"] == "command_started" for e in it.events()) == 1


def test_ctrl_c_in_a_command_ends_it_with_130(each):
    it = each()
    it.next("prompt")
    it.stream.type(b"sh -c 'echo u\"\"p; sleep 1000'\r")
    it.stream.text(b"up\r\n")
    while not any(event["kind"] == "command_finished" for event in it.events()):
        it.stream.send(Op.SIGNAL, 0, "INT")  # one that comes while a program is being started may be lost
        it.stream.quiet(0.25)
    assert it.next("command_finished")["exit_code"] == 130


def test_a_command_of_several_lines_is_one(each):
    it = each()
    loop = "for i in 1 2\recho $i\rend" if each.name == "fish" else "for i in 1 2\rdo\recho $i\rdone"
    done = it.does(loop)
    assert (it.output(done), done["exit_code"]) == (b"1\r\n2\r\n", 0)
    assert done["command"].startswith("for i in 1 2")


def test_an_empty_line_is_no_command(each):
    it = each()
    for _ in range(2):
        it.next("prompt")
        it.stream.type(b"\r")
    done = it.does("echo here")
    assert (done["command"], sum(e["kind"] == "command_started" for e in it.events())) == ("echo here", 1)


def test_a_line_is_told_as_it_was_typed(each, home):
    it = each("alias greet='printf \"hello %s\\\\n\"'\n")
    line = "greet 'é日\U0001f600; a\\b'"
    done = it.does(line)
    assert (done["command"], it.output(done)) == (line, "hello é日\U0001f600; a\\b\r\n".encode())


def test_a_shell_that_is_put_in_the_shells_place_is_told_and_ends_the_command(each):
    it = each()
    it.next("prompt")
    other = "sh" if each.name == "bash" else each.name
    it.stream.type(f"exec {other}\r".encode())
    done = it.next("command_finished")
    assert (done["command"], done["exit_code"]) == (f"exec {other}", None)
    model = it.model()
    assert (model["integration"], model["busy"]) == ("none", False)
    it.stream.type(b"exit 3\r")
    assert it.stream.next(Op.EXIT).value["code"] == 3


def test_a_program_that_is_put_in_the_shells_place_is_the_command_to_its_end(each):
    it = each()
    done = it.does("exec sh -c 'echo u\"\"p; exit 3'")
    assert (it.output(done)[-4:], done["exit_code"]) == (b"up\r\n", 3)


def test_a_background_job_is_not_waited_for(each):
    it = each()
    assert it.does("sleep 1000 &")["exit_code"] == 0
    assert it.does("kill (jobs -p)" if each.name == "fish" else "kill %1")["exit_code"] == 0
    it.next("prompt")
    assert it.model()["busy"] is False


def test_the_directory_of_a_subshell_is_its_own(each, home):
    it = each("" if each.name == "fish" else "up() { cd ..; }\n")
    it.does("fish -c 'cd /'" if each.name == "fish" else "(cd /)")
    it.next("prompt")
    assert it.model()["cwd"] == str(home)
    it.stream.type(b"cd ..\r" if each.name == "fish" else b"up\r")
    it.next("command_finished")
    assert it.next("cwd")["cwd"] == str(home.parent)


def test_output_without_a_line_end_is_told_as_it_is(each):
    it = each()
    assert it.output(it.does("printf abc")) == b"abc"
    assert it.output(it.does("printf def; false")) == b"def"


def test_a_syntax_error_is_no_command(each):
    it = each()
    it.next("prompt")
    it.stream.type(b"end\r" if each.name == "fish" else b"fi\r")
    it.next("prompt")
    if each.name == "fish":  # it leaves the line standing
        it.cancels()
    it.stream.type(b"echo here\r")
    assert it.next("command_finished")["command"] == "echo here"


def test_exit_ends_the_command_and_the_shell(each):
    it = each()
    it.next("prompt")
    it.stream.type(b"exit 5\r")
    assert it.next("command_finished")["exit_code"] == 5
    assert it.stream.next(Op.EXIT).value == {"code": 5, "signal": None}


def test_integration_can_be_switched_off(each):
    it = each(integration=False)
    it.stream.type(b"echo a''b\r")
    it.stream.text(b"ab\r\n")
    assert it.model()["integration"] == "none"
    assert b"\x1b]633" not in it.stream.output


def test_a_line_that_its_user_keeps_out_of_the_history_is_not_told(each):
    it = each({"bash": "HISTCONTROL=ignoreboth\n", "zsh": "setopt hist_ignore_space\n", "fish": ""}[each.name])
    assert it.does("echo told")["command"] == "echo told"
    assert it.does(" echo secret")["command"] == ""
    assert it.does("7z || true")["command"] == "7z || true"


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


def test_bash_is_told_its_own_env_file(shell, home):
    assert it_says(shell(env={"ENV": "/no/such"}), "echo $ENV; env | grep -c ^ENV=") == b"/no/such\r\n1\r\n"


def test_bash_before_5_1_has_its_hooks_in_one_string(engine, home):
    scripts = pathlib.Path(injection.SCRIPTS)
    text = (scripts / "bash.sh").read_text()
    old = text.replace(">= 501", ">= 9999")
    assert old != text
    (home / "bash.sh").write_text(old)
    (home / ".bashrc").write_text("PROMPT_COMMAND='status=$?; PS1=\"<$status> \"'\n")
    env = {"HOME": str(home), "ENV": str(home / "bash.sh"), "ORCHFLOW_NONCE": "n0nce"}
    stream = engine.attach(engine.create(["bash", "--posix"], cwd=str(home), env=env))
    integration = Integration("n0nce", "/")
    for line, prompt in (
        (b"(exit 6)\r", b"<0> "),
        (b"printf abc\r", b"<6> "),
        (b"x=${#PROMPT_COMMAND[@]}; (exit $x)\r", b"<0> "),
    ):
        stream.text(prompt)
        stream.type(line)
    stream.text(b"<1> ")
    ring = Ring(1 << 16)
    ring.append(bytes(stream.output))
    integration.look(ring)
    assert [(command.line, command.exit_code) for command in integration.commands] == [
        *(("(exit 6)", 6), ("printf abc", 0), ("x=${#PROMPT_COMMAND[@]}; (exit $x)", 1)),
    ]


# -- zsh


@needs("zsh")
@pytest.mark.parametrize("zdotdir", [None, "dots"])
def test_zsh_reads_the_same_files_as_ever(shell, home, zdotdir):
    folder = home / zdotdir if zdotdir else home
    folder.mkdir(exist_ok=True)
    for name in (".zshenv", ".zprofile", ".zshrc", ".zlogin"):
        (folder / name).write_text(f"PS1='$ '; read_files+=:{name}=$ZDOTDIR; HISTFILE=${{ZDOTDIR:-$HOME}}/.history\n")
    env = {"ZDOTDIR": str(folder)} if zdotdir else {}
    asked = "echo $read_files $HISTFILE $0 $- ${ZDOTDIR-none} $(env | grep -c ^ZDOTDIR); echo $precmd_functions | wc -w"
    for command in (["zsh"], ["zsh", "-l"], ["zsh", "--login"]):
        outputs = []
        for integration in (True, False):
            it = shell(command, env=env, integration=integration)
            if integration:
                outputs.append(it_says(it, asked).splitlines()[0])
            else:
                it.stream.text(b"$ ")
                it.stream.type(asked.encode() + b"; echo do''ne\r")
                outputs.append(it.stream.text(b"\ndone\r\n"))
        assert outputs[0] in outputs[1]
        value = str(folder) if zdotdir else ""
        wanted = [".zshenv", ".zprofile", ".zshrc", ".zlogin"] if len(command) == 2 else [".zshenv", ".zshrc"]
        assert outputs[0].startswith("".join(f":{name}={value}" for name in wanted).encode() + b" ")


@needs("zsh")
def test_zsh_reads_its_files_where_the_users_zshenv_says_and_not_at_all_where_it_says_so(shell, home):
    (home / "dots").mkdir()
    (home / "dots/.zshrc").write_text("PS1='$ '; x=moved\n")
    (home / ".zshenv").write_text("ZDOTDIR=$HOME/dots\n")
    assert it_says(shell(["zsh"]), "echo $x") == b"moved\r\n"
    (home / ".zshenv").write_text("ZDOTDIR=$HOME/dots; x=bare; setopt no_rcs; PS1='$ '; return 1\n")
    assert it_says(shell(["zsh"]), "echo $x") == b"bare\r\n"


@needs("zsh")
def test_zsh_keeps_the_users_own_hooks_and_stays_the_last(shell, home):
    more = """
        setopt prompt_subst ksh_arrays sh_word_split warn_create_global
        alias local='echo no' print='echo no'
        late() { PS1=$'two\\nlines <'$?'> ' }
        add() { precmd_functions+=(late) }
        precmd() { print -n "(hook)"; : ${functions[add]:+$(true)} }
        precmd_functions=(add)
        preexec() { before=$1 }
        zle-line-init() { entered=1 }
        zle -N zle-line-init
        """
    it = shell(prepare("zsh", home, more))
    assert it.output(it.does("printf abc; (exit 6)")) == b"abc"
    assert it.next("prompt")
    assert it.model()["last_command"]["exit_code"] == 6
    it.stream.type(b"echo $before $entered\r")
    assert it.output(it.next("command_finished")) == b"echo $before $entered 1\r\n"
    assert b"<6> " in it.stream.output


@needs("zsh")
@pytest.mark.parametrize(
    "options",
    [
        *(
            "unsetopt prompt_sp",
            "unsetopt prompt_percent",
            "PROMPT_EOL_MARK=''",
            "set -x",
            "setopt err_return no_unset",
        ),
        *("readonly PS1", "setopt no_multibyte", "setopt transient_rprompt prompt_bang; RPS1='%~'"),
    ],
)
def test_zsh_is_integrated_whatever_its_user_sets(shell, home, options):
    more = f"{options}\n"
    it = shell(prepare("zsh", home, more))
    done = it.does("printf abc; (exit 6)")
    assert done["exit_code"] == 6
    assert it.output(done)[:3] == b"abc" or options == "set -x"
    assert it.does("true")["exit_code"] == 0
    assert b"<$ >\r\n" in it_says(it, 'echo "<$PS1>"')
    assert it.stream.output.count(b"__orchflow") == (options == "set -x")  # the call that zsh itself has scheduled


@needs("zsh")
def test_zsh_prompt_that_is_painted_again_is_told_once(shell, home):
    more = """
        again() { for f in $precmd_functions; do $f; done; PS1='again> '; zle reset-prompt }
        zle -N again
        bindkey '^X' again
        """
    it = shell(prepare("zsh", home, more))
    it.next("prompt")
    it.stream.type(b"\x18")
    it.stream.text(b"again> ")
    it.stream.type(b"true\r")
    it.next("command_finished")
    it.next("prompt")
    assert [e["kind"] for e in it.events() if e["kind"] == "prompt"] == ["prompt", "prompt"]


# -- fish


@needs("fish")
def test_fish_reads_the_same_files_as_ever(shell, home):
    (home / ".config/fish/conf.d").mkdir(parents=True)
    (home / ".config/fish/conf.d/a.fish").write_text("set -g read_files $read_files conf.d\n")
    (home / ".config/fish/config.fish").write_text(
        "set -g read_files $read_files config (status is-login; and echo login)\nfunction fish_title; end\n"
    )
    asked = (
        "echo $read_files; functions fish_prompt | string match -r orchflow; set -S XDG_DATA_DIRS fish_function_path"
    )
    assert it_says(shell(["fish"]), "echo $read_files") == b"conf.d config\r\n"
    assert it_says(shell(["fish", "-l"]), asked).startswith(b"conf.d config login\r\n")
    assert b"orchflow" not in it_says(shell(["fish"]), asked)


@needs("fish")
def test_fish_prompt_of_the_user_may_change_at_any_time(shell, home):
    more = "function fish_postexec_of_user --on-event fish_postexec; false; end\n"
    it = shell(prepare("fish", home, more))
    assert it.does('function fish_prompt; echo "<$status> "; end')["exit_code"] == 0
    assert it.does("sh -c 'exit 6'")["exit_code"] == 6
    it.stream.text(b"<6> ")
    assert it.does("true")["exit_code"] == 0


@needs("fish")
def test_fish_that_is_private_tells_no_line(shell, home):
    it = shell(prepare("fish", home), env={"fish_history": "", "fish_private_mode": "1"})
    assert it.does("echo secret")["command"] == ""
