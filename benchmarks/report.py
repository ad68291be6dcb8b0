"""What a run prints, and what it may write into the README.

print_outcome    one scenario, as soon as it is done
table            all of them, as the results section of the README
write            put that section into the README
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Figure, Outcome

README = Path(__file__).with_name("README.md")
_RESULTS = re.compile(r"(?<=<!-- results -->\n).*(?=<!-- end -->)", re.DOTALL)


def print_outcome(outcome: Outcome) -> None:
    """One scenario."""
    print(f"\n{outcome.scenario} at {outcome.appendfsync}", flush=True)
    print("\n".join(_lines(outcome)), flush=True)


def table(machine: Sequence[str], outcomes: Sequence[Outcome], *, command: str) -> str:
    """The results section."""
    parts = [f"    command   {command}\n" + "\n".join(f"    {line}" for line in machine)]
    parts += [
        f"### {one.scenario} at `{one.appendfsync}`\n\n```\n" + "\n".join(_lines(one)) + "\n```" for one in outcomes
    ]
    return "\n\n".join(parts) + "\n"


def write(section: str) -> None:
    """Replace the results section of the README."""
    README.write_text(_RESULTS.sub(lambda _: f"\n{section}\n", README.read_text()))


def _lines(outcome: Outcome) -> list[str]:
    head = f"{'':34}{'count':>9}{'rate/s':>9}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'crowd':>7}  CPU us a request"
    lines = [head, *map(_line, outcome.figures)]
    lines += [f"  {fact}" for fact in outcome.facts]
    lines.append(f"  refusals by reason: {_counts(outcome.refusals)}; errors: {_counts(outcome.errors)}")
    lines.append(
        f"  invariants: {'; '.join(outcome.checks)}" + ("" if outcome.counts else "   THESE FIGURES DO NOT COUNT")
    )
    return lines


def _line(figure: Figure) -> str:
    quantiles = figure.quantiles_ms
    shown = "".join(f"{ms:9.2f}" for ms in quantiles) if quantiles else " " * 27
    crowd = f"{figure.crowd_cores:7.2f}" if figure.crowd_cores is not None else " " * 7
    cost = " ".join(f"{name} {us:.0f}" for name, us in figure.cost.items())
    return f"{figure.what:34}{figure.count:9,}{figure.rate:9,.0f}{shown}{crowd}  {cost}".rstrip()


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{reason} {number:,}" for reason, number in sorted(counts.items())) or "none"
