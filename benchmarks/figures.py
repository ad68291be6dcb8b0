"""Figures: what a scenario has measured, and what it is worth.

Figure      one line of the table
Outcome     a scenario's figures, facts and invariants; without "0 violated" it does not count
figure      a line from a crowd's tally
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.tally import Tally, quantile

HOLDS = ", 0 violated"


@dataclass(frozen=True)
class Figure:
    """`rate` a second; latencies in ms; `cost` in us of CPU a request, by process; `crowd_cores` used by the crowd."""

    what: str
    count: int
    rate: float
    quantiles_ms: tuple[float, float, float] | None = None
    crowd_cores: float | None = None
    cost: Mapping[str, float] = field(default_factory=dict)


@dataclass
class Outcome:
    """What a scenario has shown at one setting of `appendfsync`. A broken `facts` line begins with "MISSED"."""

    scenario: str
    appendfsync: str
    figures: list[Figure] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    refusals: dict[str, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    checks: list[str] = field(default_factory=list)

    @property
    def counts(self) -> bool:
        """Whether the figures may be quoted."""
        return bool(self.checks) and all(check.endswith(HOLDS) for check in self.checks) and not self.errors

    def heard(self, tally: Tally) -> None:
        """Take in the refusals and errors of a crowd."""
        for reason, number in tally.refusals().items():
            self.refusals[reason] = self.refusals.get(reason, 0) + number
        for (_, reason), number in tally.errors.items():
            self.errors[reason] = self.errors.get(reason, 0) + number

    def must(self, sentence: str, *, reached: float, least: float, unit: str = "") -> None:
        """A line of "What Stampede must reach"."""
        if reached >= least:
            self.facts.append(f"met: {sentence}: {reached:,.0f}{unit}, must {least:,.0f}{unit}")
        else:
            short = (1 - reached / least) * 100
            self.facts.append(f"MISSED by {short:.0f}%: {sentence}: {reached:,.0f}{unit}, must {least:,.0f}{unit}")

    def most(self, sentence: str, *, reached: float, most: float, unit: str = "") -> None:
        """The same where less is better."""
        verdict = "met" if reached <= most else "MISSED"
        self.facts.append(f"{verdict}: {sentence}: {reached:.2f}{unit}, must be at most {most:g}{unit}")

    def expect(self, sentence: str, *, found: int, wanted: int) -> None:
        """A count that must be exactly so."""
        verdict = "exact" if found == wanted else "WRONG"
        self.facts.append(f"{verdict}: {sentence}: {found:,} of {wanted:,}")


def figure(what: str, tally: Tally, *, kind: str | None = None, cost: Mapping[str, float] | None = None) -> Figure:
    """A line from a tally: of one kind of request, or of all."""
    kinds = [kind] if kind else list(tally.latencies)
    ordered = sorted(seconds for each in kinds for seconds in tally.latencies.get(each, ()))
    if not ordered:
        return Figure(what=what, count=0, rate=0.0)
    p50, p95, p99 = (quantile(ordered, share) * 1_000 for share in (0.5, 0.95, 0.99))
    return Figure(
        what=what,
        count=len(ordered),
        rate=len(ordered) / tally.seconds,
        quantiles_ms=(p50, p95, p99),
        crowd_cores=tally.cpu_share,
        cost={name: us for name, us in (cost or {}).items() if us >= 1},
    )
