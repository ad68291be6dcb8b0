#!/usr/bin/env bash
# Makes the virtual environment $1 from requirements.txt and requirements-dev.txt, and again only when they change: a
# stamp inside holds their hash and the Python's version. Two at once wait for each other.
set -euo pipefail

venv=${1:-.venv}
stamp=$venv/requirements.sha256

find_python() {
    local name
    for name in "${PYTHON:-python3.11}" python3.12 python3.13 python3; do
        # A pyenv shim exists for versions that are not chosen: only running it tells.
        if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    echo "Stampede needs Python 3.11 or later with venv (Debian: apt install python3.11 python3.11-venv)." >&2
    return 1
}

wanted() { cat requirements.txt requirements-dev.txt | sha256sum | cut -d' ' -f1; }

is_current() { [ -x "$venv/bin/python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$(wanted)" ] && "$venv/bin/python" -c ''; }

is_current && exit 0

mkdir -p "$venv"
exec 9>"$venv.lock"
if command -v flock >/dev/null; then flock 9; fi
trap 'rm -f "$venv.lock"' EXIT
is_current && exit 0

python=$(find_python)
echo "Making $venv with $("$python" --version); this is done once."
rm -f "$stamp"
"$python" -m venv --clear "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
wanted >"$stamp"
