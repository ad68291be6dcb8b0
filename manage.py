#!/usr/bin/env python
"""The one command line of Stampede: `python manage.py help` lists the verbs."""

import os
import sys
from pathlib import Path

VENV = Path(__file__).resolve().parent / ".venv"

try:
    from django.core.management import execute_from_command_line
except ModuleNotFoundError:
    python = VENV / "bin" / "python"
    if not python.exists() or Path(sys.prefix) == VENV:
        raise
    # The machine's Python, as the README prints it: `make venv` has put Django into ours.
    os.execv(python, [str(python), *sys.argv])

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    execute_from_command_line(sys.argv)
