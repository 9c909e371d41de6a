"""What is printed of output that comes in pieces."""

from orchflow_jupyter.magics.printed import Printed


def test_line_ends_and_characters_may_be_cut_anywhere(capsys):
    data = "one\r\ntwö\r50%\r\r\n".encode() + b"\xe2\x82"
    for cut in range(len(data) + 1):
        with Printed() as printed:
            printed(data[:cut])
            printed(data[cut:])
        assert capsys.readouterr().out == "one\ntwö\r50%\r\n\N{REPLACEMENT CHARACTER}"
