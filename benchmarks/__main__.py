"""`python -m benchmarks`: what `make bench` runs.

python -m benchmarks                                   everything, at both settings of appendfsync
python -m benchmarks buy-all checkout --fsync always   these two
python -m benchmarks --write                           and put the results into benchmarks/README.md
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from benchmarks.machine import describe
from benchmarks.report import print_outcome, table, write
from benchmarks.scenarios import SCENARIOS

FSYNC = ("always", "everysec")


def main() -> int:
    """Exit code 1 where an invariant was violated or something was heard that is no honest refusal."""
    chosen = _arguments()
    command = " ".join(["python -m benchmarks", *sys.argv[1:]])
    machine = describe()
    print("\n".join(machine), flush=True)
    outcomes = []
    for appendfsync in chosen.fsync:
        for name in chosen.scenarios or SCENARIOS:
            outcomes.append(SCENARIOS[name](appendfsync))
            print_outcome(outcomes[-1])
    if chosen.write:
        write(table(machine, outcomes, command=command))
    return 0 if all(outcome.counts for outcome in outcomes) else 1


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks", description="The crowd, and its figures.")
    parser.add_argument(
        "scenarios", nargs="*", metavar="scenario", help=f"of {', '.join(SCENARIOS)}; all if none is named"
    )
    parser.add_argument(
        "--fsync", nargs="+", choices=FSYNC, default=FSYNC, help="settings of appendfsync to measure at"
    )
    parser.add_argument("--write", action="store_true", help="put the results into benchmarks/README.md")
    chosen = parser.parse_args()
    unknown = set(chosen.scenarios) - set(SCENARIOS)
    if unknown:
        parser.error(f"there is no scenario {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
    return chosen


if __name__ == "__main__":
    raise SystemExit(main())
