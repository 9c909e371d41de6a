"""Code that is run between executions, in a real kernel."""

import pytest

from tests.support.waiting import GENEROUS

BEGIN = """
import threading
from orchflow_jupyter.magics.between import between_executions
order = []
def ask(code, wanted=lambda: True):
    answers = []
    thread = threading.Thread(target=lambda: answers.append(between_executions(code, wanted)), daemon=True)
    thread.start()
    return thread, answers
"""


@pytest.fixture
def asking(magic):
    magic.run(BEGIN)
    return magic


def test_it_waits_for_the_end_of_what_runs_though_that_lets_others_in(asking):
    asking.run(
        "import asyncio\nthread, answers = ask(\"order.append('between')\")\n"
        "for _ in range(50): await asyncio.sleep(0.01)\norder.append('end')"
    )
    asking.until(lambda: asking.value("answers") == "[True]", "its turn")
    assert asking.value("order") == "['end', 'between']"


def test_what_a_failed_cell_takes_along_is_asked_for_again(asking):
    with pytest.raises(Exception, match="ZeroDivisionError"):
        asking.run("import time\nthread, answers = ask(\"order.append('between')\")\ntime.sleep(0.5)\n1 / 0")
    asking.until(lambda: asking.value("order") == "['between']", "its turn")


def test_what_is_wanted_no_more_is_not_waited_for(asking):
    asking.run(f"thread, answers = ask('order.append(1)', lambda: False)\nthread.join({GENEROUS})")
    assert asking.value("answers") == "[False]"
