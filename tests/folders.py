"""A folder that an embedded PostgreSQL can live in.

pytest's own tmp_path cannot be it for root: it lies below a folder that each starting pytest closes to others again.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def reachable_folder(prefix: str = "stampede-") -> Iterator[Path]:
    """A short path below /tmp that any user can pass through; gone afterwards."""
    path = Path(tempfile.mkdtemp(prefix=prefix))
    path.chmod(0o711)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
