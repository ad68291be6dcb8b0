"""The table at the end of a run: how often each fault really happened, and what buyers heard while it lasted.

table       blows and attempts as lines of text
heard       how the attempts that touch a span of time ended
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from tests.faults.history import Attempt, End
from tests.faults.nemesis import Blow, Fault

AFTERMATH_SECONDS = 1.0
"""A store is back before its clients have noticed: what they hear in this time belongs to the fault."""


def table(blows: Sequence[Blow], attempts: Sequence[Attempt]) -> list[str]:
    """One line a fault, then one for the whole run."""
    lines = [f"{'fault':<24}{'dealt':>6}{'seen':>6}{'s':>7}{'asked':>8}{'ok':>8}{'unknown':>9}  refused"]
    for fault in sorted({blow.fault for blow in blows}):
        dealt = [blow for blow in blows if blow.fault == fault]
        lines.append(_line(fault, dealt, heard(attempts, [_span(blow) for blow in dealt])))
    return [*lines, _row("the whole run", len(blows), sum(b.happened for b in blows), 0.0, attempts)]


def heard(attempts: Iterable[Attempt], spans: Sequence[tuple[float, float]]) -> list[Attempt]:
    """The attempts that were under way at some instant of the spans."""
    return [a for a in attempts if any(a.invoked_at <= until and a.ended_at >= since for since, until in spans)]


def refusals(attempts: Iterable[Attempt]) -> Counter[str]:
    """How often each code was heard."""
    return Counter(attempt.reason for attempt in attempts if attempt.end in (End.NO, End.NOT_NOW))


def _span(blow: Blow) -> tuple[float, float]:
    return blow.struck_at, (blow.over_at or blow.struck_at) + AFTERMATH_SECONDS


def _line(fault: Fault, dealt: Sequence[Blow], attempts: Sequence[Attempt]) -> str:
    seconds = sum((blow.over_at or blow.struck_at) - blow.struck_at for blow in dealt)
    return _row(str(fault), len(dealt), sum(blow.happened for blow in dealt), seconds, attempts)


def _row(name: str, dealt: int, seen: int, seconds: float, attempts: Sequence[Attempt]) -> str:
    ends = Counter(attempt.end for attempt in attempts)
    codes = ", ".join(f"{code} {times}" for code, times in refusals(attempts).most_common())
    unknown = Counter(attempt.reason for attempt in attempts if attempt.end == End.UNKNOWN)
    why = f" ({', '.join(f'{code} {times}' for code, times in unknown.most_common())})" if unknown else ""
    return (
        f"{name:<24}{dealt:>6}{seen:>6}{seconds:>7.1f}{len(attempts):>8}{ends[End.OK]:>8}{ends[End.UNKNOWN]:>9}"
        f"  {codes or '-'}{why}"
    )
