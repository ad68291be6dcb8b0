"""`manage.py up`: the whole house, until Ctrl-C.

Stores where no URL is set, migrations and demo data (in a process of their own, `up --prepare`), every process of
`core/local/roster.py`, and a table of addresses when the house answers. `up --check` only looks and tells.
"""

import http.client
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.local.check import refuse_absent, report, warnings
from core.local.errors import LocalError
from core.local.ports import is_taken
from core.local.resp import RedisSays
from core.local.roster import URGENT, Doors, prepare, roster
from core.local.server import ANSWER_SECONDS
from core.local.stores import Stores
from core.local.supervisor import StopAsked, Supervisor

URGENT_SECONDS = 4.0  # a head start for the web, no condition
READY_SECONDS = 120.0
ASK_SECONDS = 1.0
ALL_ADDRESSES = ("0.0.0.0", "::")  # noqa: S104 - compared with, never bound to


class Command(BaseCommand):
    help = "Starts everything: stores, migrations, demo data, web, live, workers. Ctrl-C stops it."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="print versions, durability and promises, and end")
        parser.add_argument("--prepare", action="store_true", help="only migrate and fill in demo data (up calls this)")

    def handle(self, **options: Any) -> None:
        """Raises CommandError with what stands in the way."""
        try:
            if options["prepare"]:
                prepare_database()
            elif options["check"]:
                self.check_stores()
            else:
                run(doors_from_settings())
        except LocalError as error:
            raise CommandError(str(error)) from error

    def check_stores(self) -> None:
        """Asks the servers that run; embedded ones that do not run are started for the moment."""
        stores = stores_from_settings()
        refuse_absent(stores.yours)
        started = []
        try:
            if not stores.answer():
                for server in stores.embedded.values():
                    server.start()
                    started.append(server)
            lines = list(report(stores.all_urls, embedded=set(stores.embedded)))
        except (OSError, psycopg.Error, RedisSays) as error:
            raise CommandError(f"a store does not answer: {error}") from error
        finally:
            for server in started:
                server.stop()
        self.stdout.write("\n".join(lines))


def run(doors: Doors) -> None:
    """The house, until a signal."""
    with Supervisor(doors.data_dir) as supervisor:
        refuse_taken_ports(doors)
        stores = stores_from_settings()
        refuse_absent(stores.yours)
        for warning in warnings(stores.yours):
            supervisor.say(warning)
        try:
            open_house(supervisor, doors, stores)
            supervisor.run()
        except StopAsked:
            pass
        finally:
            supervisor.stop()
            stores.release()


def open_house(supervisor: Supervisor, doors: Doors, stores: Stores) -> None:
    """Stores, preparations, processes, the table. Raises LocalError where one of them cannot be."""
    supervisor.start(*stores.specs())
    if not supervisor.wait_for(stores.answer, seconds=ANSWER_SECONDS):
        raise LocalError("The stores do not answer. Their last words are above.")
    stores.write_urls()
    if supervisor.run_to_end(prepare(doors, urls=stores.urls)):
        raise LocalError("Migrations or demo data failed: the reason is above.")
    processes = roster(doors, urls=stores.urls)
    supervisor.start(*(spec for spec in processes if spec.name in URGENT))
    supervisor.wait_for(lambda: is_ready(doors), seconds=URGENT_SECONDS)
    supervisor.start(*(spec for spec in processes if spec.name not in URGENT))
    # The port first: it costs nobody anything, while the house's health is two stores asked.
    if supervisor.wait_for(lambda: is_taken(doors.host, doors.live_port) and is_ready(doors), seconds=READY_SECONDS):
        supervisor.show(addresses(doors, stores))
    else:
        supervisor.say(
            f"not ready after {READY_SECONDS:.0f} s, still trying; the reasons are above and in /health/ready"
        )


def prepare_database() -> None:
    """Migrations, then demo data where a trade offers some."""
    call_command("migrate", interactive=False, verbosity=1, stdout=sys.stdout)
    if "seed_demo" in get_commands():
        call_command("seed_demo")


def refuse_taken_ports(doors: Doors) -> None:
    """Before anything starts: else granian would fail again and again, in words of its own."""
    if doors.server_port == doors.live_port:
        raise LocalError(f"SERVER_PORT and LIVE_PORT are both {doors.live_port}. Set one of them to another.")
    for variable, port in (("SERVER_PORT", doors.server_port), ("LIVE_PORT", doors.live_port)):
        if is_taken(doors.host, port):
            raise LocalError(
                f"Port {port} on {doors.host} is taken. Stop what listens there, or set {variable} to another."
            )


def is_ready(doors: Doors) -> bool:
    """Whether /health/ready says 200. Asked on the loopback where the house listens on all addresses."""
    host = "127.0.0.1" if doors.host in ALL_ADDRESSES else doors.host
    connection = http.client.HTTPConnection(host, doors.server_port, timeout=ASK_SECONDS)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def addresses(doors: Doors, stores: Stores) -> list[str]:
    """The table for the person at the terminal."""
    host = "localhost" if doors.host in (*ALL_ADDRESSES, "127.0.0.1") else doors.host
    home = f"http://{host}:{doors.server_port}"
    rows = [
        ("Pages and API", f"{home}/"),
        ("The sale now", f"{home}/sales/active"),
        ("Health", f"{home}/health/ready"),
        ("Live", f"ws://{host}:{doors.live_port}/ws"),
        *((server.what, server.place) for server in stores.embedded.values()),
        ("Logs", f"{doors.data_dir}/logs/stampede.log   (make logs)"),
        ("Stop", "Ctrl-C, or make stop"),
    ]
    return ["", *(f"  {name:<16} {value}" for name, value in rows), ""]


def doors_from_settings() -> Doors:
    """The only reader of Django's settings, with the next one: `core/local` knows no Django."""
    return Doors(
        host=settings.SERVER_HOST,
        server_port=settings.SERVER_PORT,
        live_port=settings.LIVE_PORT,
        web_workers=settings.WEB_WORKERS,
        web_threads=settings.WEB_THREADS,
        data_dir=Path(settings.DATA_DIR).resolve(),
    )


def stores_from_settings() -> Stores:
    """Raises LocalError where there is no server program."""
    stated = {
        "DATABASE_URL": _database_url(settings.DATABASES["default"]),
        "REDIS_URL": settings.REDIS_URL,
        "REDIS_BUS_URL": settings.REDIS_BUS_URL,
    }
    return Stores(stated, data_dir=Path(settings.DATA_DIR).resolve(), appendfsync=settings.REDIS_APPENDFSYNC)


def _database_url(entry: dict[str, Any]) -> str:
    """Django's entry as a URL again; empty where no server is named."""
    if not entry.get("HOST"):
        return ""
    login = f"{quote(entry.get('USER') or '', safe='')}:{quote(entry.get('PASSWORD') or '', safe='')}"
    host = quote(entry["HOST"], safe="[]:")
    sslmode = entry.get("OPTIONS", {}).get("sslmode")
    return f"postgresql://{login}@{host}:{entry.get('PORT') or 5432}/{entry['NAME']}" + (
        f"?sslmode={sslmode}" if sslmode else ""
    )
