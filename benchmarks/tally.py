"""What a crowd has heard: every latency, every outcome, and what the crowd itself cost.

Tally.note        one answer
Tally.add         another process's tally
quantile          exact: of all latencies, sorted
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

_REASON = re.compile(rb'"code":\s*"([a-z_]+)"')
_KNOWN_MAX = 1_000

LOST = 0
"""The status of a request whose connection ended before its answer."""


@dataclass
class Tally:
    """What was asked and heard between `began` and `ended`, in seconds of the monotonic clock."""

    latencies: dict[str, array[float]] = field(default_factory=dict)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    began: float = 0.0
    ended: float = 0.0
    cpu_seconds: float = 0.0
    _reasons: dict[tuple[int, bytes], str] = field(default_factory=dict, repr=False)

    def note(self, kind: str, seconds: float, status: int, body: bytes) -> None:
        """One answer: its kind, how long it took, what it said."""
        found = self.latencies.get(kind)
        if found is None:
            found = self.latencies[kind] = array("d")
        found.append(seconds)
        if 200 <= status < 300:
            self.outcomes[kind, "ok"] += 1
            return
        reason = self._reason(status, body)
        (self.errors if status >= 500 or status == LOST else self.outcomes)[kind, reason] += 1

    def add(self, other: Tally) -> None:
        """Take in what another process of the same crowd has heard."""
        for kind, latencies in other.latencies.items():
            self.latencies.setdefault(kind, array("d")).extend(latencies)
        self.outcomes.update(other.outcomes)
        self.errors.update(other.errors)
        self.began = min(self.began, other.began) if self.began else other.began
        self.ended = max(self.ended, other.ended)
        self.cpu_seconds += other.cpu_seconds

    def count(self, kind: str, outcome: str = "ok") -> int:
        """How many requests of a kind ended so."""
        return self.outcomes[kind, outcome]

    @property
    def requests(self) -> int:
        """All answers, and all requests that got none."""
        return sum(map(len, self.latencies.values()))

    @property
    def seconds(self) -> float:
        """From the first question to the last answer."""
        return self.ended - self.began

    @property
    def cpu_us(self) -> float:
        """What a request cost the crowd itself, in microseconds of CPU."""
        return self.cpu_seconds / max(self.requests, 1) * 1e6

    @property
    def cpu_share(self) -> float:
        """CPU of the crowd in cores: 0.25 is a quarter of one core."""
        return self.cpu_seconds / max(self.seconds, 1e-9)

    def refusals(self) -> dict[str, int]:
        """The honest noes, by reason."""
        found: Counter[str] = Counter()
        for (_, outcome), number in self.outcomes.items():
            if outcome != "ok":
                found[outcome] += number
        return dict(found)

    def _reason(self, status: int, body: bytes) -> str:
        known = self._reasons.get((status, body))
        if known is None:
            found = _REASON.search(body)
            known = found[1].decode() if found else f"http {status}" if status != LOST else "connection lost"
            if len(self._reasons) < _KNOWN_MAX:
                self._reasons[status, body] = known
        return known


def quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all values do not pass."""
    assert ordered, "no value, no quantile"
    return ordered[max(0, -(-int(share * 1_000) * len(ordered) // 1_000) - 1)]
