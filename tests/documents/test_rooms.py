"""Documents by their paths, as clients open them one after the other."""

import asyncio

from orchflow_jupyter.documents.figures import Figures
from orchflow_jupyter.documents.rooms import Rooms
from orchflow_jupyter.settings import DocumentsSettings


async def nothing():
    """What closes a document, and is over at once."""


def test_what_has_been_closed_this_very_moment_can_be_opened(tmp_path, run):
    (tmp_path / "a.md").write_text("one\n")

    async def main():
        rooms = Rooms(str(tmp_path), str(tmp_path / "journals"), DocumentsSettings(), Figures())
        closing = rooms._work["a.md"] = asyncio.get_running_loop().create_task(nothing())
        closing.add_done_callback(lambda task: rooms._worked("a.md", task))
        await asyncio.sleep(0)
        assert closing.done()
        assert "a.md" in rooms._work, "its end is not told yet, and waiting for it must let that be told"
        assert (await rooms.open({"path": "a.md"}))["path"] == "a.md"
        await rooms.close()

    run(main())
