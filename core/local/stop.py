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
    lock = FolderLock(Path(sys.argv[1]).resolve(), what="Stampede")
    owner = lock.owner()
    if owner is None:
        print(f"Nothing runs on {lock.path.parent}.")
        return
    os.kill(owner, signal.SIGTERM)
    if not wait_until(lambda: lock.owner() != owner, seconds=STOP_SECONDS):
        sys.exit(
            f"pid {owner} has not ended within {STOP_SECONDS:.0f} s. kill -9 {owner} ends it and all that it started."
        )
    print(f"Stopped (pid {owner}).")


if __name__ == "__main__":
    main()
