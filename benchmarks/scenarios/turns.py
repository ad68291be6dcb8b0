"""Taking turns: what is compared is measured in short turns, so that all of it feels the same neighbours.

Turns    one of those that take turns; its turns add up, and the pauses between them do not count
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.figures import Figure, figure
from benchmarks.stack import Stack
from benchmarks.tally import Tally


@dataclass
class Turns:
    """What one of them has done in all its turns."""

    what: str
    tally: Tally = field(default_factory=Tally)
    seconds: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)

    def take(self, stack: Stack, work: Callable[[], Tally]) -> None:
        """One turn."""
        meter = stack.meter()
        tally = work()
        self.tally.add(tally)
        self.seconds += tally.seconds
        for name, used in meter.seconds().items():
            self.cpu[name] = self.cpu.get(name, 0.0) + used

    def line(self) -> Figure:
        """All turns together."""
        self.tally.began, self.tally.ended = 0.0, self.seconds
        cost = {name: used / self.tally.requests * 1e6 for name, used in self.cpu.items()}
        return figure(self.what, self.tally, cost=cost)
