"""Stands in for `up` in the tests: a supervisor with dummy processes, run as a program of its own.

python -m core.local.tests.dummies <folder> <name>=<kind>[@<grace in seconds>] ...
"""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from core.local.errors import LocalError
from core.local.postgres import EmbeddedPostgres
from core.local.process import Spec
from core.local.spawn import Command
from core.local.supervisor import Supervisor

KINDS = {
    "sleeper": "import signal; print('hello', flush=True); signal.pause()",
    "dier": "print('dying', flush=True); raise SystemExit(3)",
    # Ignores the polite signals, and so does its child.
    "deaf": (
        "import os, signal\n"
        "for number in (signal.SIGTERM, signal.SIGINT): signal.signal(number, signal.SIG_IGN)\n"
        "child = os.fork()\n"
        "if child: print('child', child, flush=True)\n"
        "while True: signal.pause()"
    ),
    # Its grandchild leaves the session.
    "leaver": (
        "import os, signal\n"
        "child = os.fork()\n"
        "if not child: os.setsid(); signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "else: print('child', child, flush=True)\n"
        "while True: signal.pause()"
    ),
    "listener": (
        "import socket, signal\n"
        "s = socket.create_server(('127.0.0.1', 0)); print('port', s.getsockname()[1], flush=True); signal.pause()"
    ),
    "talker": "import os, signal; os.write(1, b'a line with an end\\nno end of line'); signal.pause()",
}


def spec(folder: Path, name: str, kind: str) -> Spec:
    if kind == "postgres":
        command: Callable[[], Command] = EmbeddedPostgres(folder, fsync=False).command
        return Spec(name=name, command=command, stop_signal=EmbeddedPostgres.stop_signal, is_store=True)
    kind, _, grace = kind.partition("@")
    command = partial(Command, argv=[sys.executable, "-u", "-c", KINDS[kind]])
    return Spec(name=name, command=command, grace_seconds=float(grace or 1), is_store=name.startswith("store"))


def main() -> None:
    folder = Path(sys.argv[1])
    try:
        with Supervisor(folder) as supervisor:
            supervisor.start(*(spec(folder, *argument.split("=")) for argument in sys.argv[2:]))
            supervisor.say("all started")
            supervisor.run()
    except LocalError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
