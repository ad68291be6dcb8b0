"""What the processes say, and under which name."""

import io
from pathlib import Path

from core.local.output import LOG, Output


def test_a_house_without_stores_of_its_own_has_no_names_at_first(folder: Path) -> None:
    console = io.BytesIO()
    output = Output(folder, console=console)
    output.know()
    output.line("stampede", b"hello")
    output.close()
    assert console.getvalue() == b"stampede | hello\n"
    assert (folder / LOG).read_bytes().endswith(b"Z stampede | hello\n")
