"""What is told of a title."""

from orchflow_jupyter.terminals.title import shown


def test_what_commands_is_left_out_and_what_joins_stays():
    assert shown("a\x9b1;31mb\x85\u202ec\x1b\x07") == "a1;31mbc"
    for title in ("👩\u200d👩\u200d👧", "\u0645\u06cc\u200c\u062e", "vim: é.py"):
        assert shown(title) == title
    assert len(shown("x" * 5000)) == 1024
