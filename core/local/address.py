"""Where an embedded server listens, and its password: made once, kept in its folder (0600), so a restart keeps them."""

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from core.local.folders import write_private
from core.local.ports import free_port, is_taken

FILE = "address.json"


@dataclass(frozen=True)
class Address:
    port: int
    password: str


def remembered(folder: Path) -> Address | None:
    """The address of last time, or None for a new folder."""
    path = folder / FILE
    return Address(**json.loads(path.read_text())) if path.exists() else None


def settle(folder: Path, *, avoid: int | None = None) -> Address:
    """The address of last time, with a new port where that one is taken by now or is the one to `avoid`."""
    address = remembered(folder)
    if address is None:
        address = Address(port=free_port(), password=secrets.token_urlsafe(24))
    elif address.port == avoid or is_taken("127.0.0.1", address.port):
        address = Address(port=free_port(), password=address.password)
    write_private(folder / FILE, json.dumps(asdict(address)))
    return address
