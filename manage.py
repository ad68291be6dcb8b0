#!/usr/bin/env python
"""The one command line of Stampede: `python manage.py help` lists the verbs."""

import os
import sys
from pathlib import Path

VENV = Path(__file__).resolve().parent / ".venv"

try:
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    from core.refusals import Unready
except ModuleNotFoundError:
    python = VENV / "bin" / "python"
    if not python.exists() or Path(sys.prefix) == VENV:
        raise
    # The machine's Python, as the README prints it: `make venv` has put Django into ours.
    os.execv(python, [str(python), *sys.argv])


def main() -> None:
    """A store that is away is one line; `--traceback` shows the rest, as with Django's own errors."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        execute_from_command_line(sys.argv)
    except (OperationalError, Unready) as error:
        if "--traceback" in sys.argv:
            raise
        from config.absent import sentence  # reads the settings, which stand by now

        sys.exit(sentence(error))


if __name__ == "__main__":
    main()
