"""`make stop`: stops the `manage.py up` that holds a data folder, by its pid, and waits until it has let go.

python -m core.local.stop <data folder>
"""

import os
import signal
import sys
from pathlib import Path

from core.local.locks import FolderLock
from core.local.server import wait_until

STOP_SECONDS = 15.0


def main() -> None:
    """Ends with code 1 where the owner does not let go."""
    lock = FolderLock(Path(sys.argv[1]).resolve(), what="Stampede")
    owner = lock.owner()
    if owner is None:
        sys.stdout.write(f"Nothing runs on {lock.path.parent}.\n")
        return
    os.kill(owner, signal.SIGTERM)
    if not wait_until(lambda: lock.owner() != owner, seconds=STOP_SECONDS):
        sys.exit(
            f"pid {owner} has not ended within {STOP_SECONDS:.0f} s. kill -9 {owner} ends it and all that it started."
        )
    sys.stdout.write(f"Stopped (pid {owner}).\n")


if __name__ == "__main__":
    main()
