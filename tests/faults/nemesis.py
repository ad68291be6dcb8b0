"""The nemesis: strikes the processes of a house, and believes only what /proc shows.

    Fault           what is done to whom: kill -9, SIGTERM, or SIGSTOP and later SIGCONT
    ALL             every fault there is
    Nemesis.round   each fault once, in a random order; no process is struck again before it has recovered
    Blow            a fault that was dealt: when, to which process, when its effect was seen, when it was over

A killed process counts when that very process is gone (pid and start time); a stopped one when its state is T.
"""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from tests.faults.house import STORES, House, wait_for
from tests.faults.pids import Identity, identify, is_stopped, tell, tree

EFFECT_SECONDS_MAX = 15.0
RECOVERY_SECONDS_MAX = 30.0
POLITE_SECONDS = 1.0
"""After this, a process that is deaf to SIGTERM is told again. PostgreSQL waits for all sessions to end, which pooled
ones never do: it is told by SIGINT. A web worker that is starting up does not hear it, and its master waits for it."""

WEB_WORKERS = 2
WEB = ("web", "web worker")
TARGETS = (*STORES, *WEB, "recorder", "worker", "keeper", "beat")
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP)
NAMES = {signal.SIGKILL: "kill -9", signal.SIGTERM: "SIGTERM", signal.SIGSTOP: "stop, go on"}


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is done to whom."""

    target: str
    signal: signal.Signals

    def __str__(self) -> str:
        return f"{self.target}: {NAMES[self.signal]}"


ALL = tuple(Fault(target, number) for target in TARGETS for number in SIGNALS)


FENCED = Fault("redis", signal.SIGKILL)
"""After it, at least one buyer must hear `warming_up`."""

FENCED_SECONDS = 0.3


@dataclass(slots=True)
class Blow:
    """Instants are seconds since 1970; None: not (yet) seen."""

    fault: Fault
    victims: list[Identity]
    struck_at: float
    seen_at: float | None = None
    over_at: float | None = None
    told_at: float = 0.0

    @property
    def happened(self) -> bool:
        return self.seen_at is not None


@dataclass
class Nemesis:
    """Strikes one house. `pause` is the time between two blows, in seconds from and to."""

    house: House
    dice: random.Random
    pause: tuple[float, float]
    stop_seconds: dict[str, float] = field(default_factory=dict)
    blows: list[Blow] = field(default_factory=list)

    def round(self, faults: Iterable[Fault] = ALL) -> None:
        """Each fault once."""
        order = list(faults)
        self.dice.shuffle(order)
        while order:
            fault = next((f for f in order if self._is_well(f.target)), order[0])
            order.remove(fault)
            assert wait_for(partial(self._is_well, fault.target), seconds=RECOVERY_SECONDS_MAX), self._amiss(fault)
            self.strike(fault)
            wait_for(self._look, seconds=self.dice.uniform(*self.pause))

    def strike(self, fault: Fault) -> Blow:
        """One blow. A stop lasts its time and is over when this returns; a death is only begun."""
        self.house.look()
        victims = self._victims(fault)
        assert victims, f"{fault.target} does not run"
        blow = Blow(fault, victims, struck_at=time.time())
        self.blows.append(blow)
        if fault.signal == signal.SIGSTOP:
            self._hold_still(blow)
        elif fault == FENCED:
            self._strike_behind_the_keeper(blow)
        else:
            tell(victims[0], fault.signal)
        return blow

    def _strike_behind_the_keeper(self, blow: Blow) -> None:
        """The keeper is too quick for the fence to be seen each time, so it stands still until buyers have met it."""
        pid = self.house.pid("keeper")
        keeper = tree(pid) if pid else []
        for one in keeper:
            tell(one, signal.SIGSTOP)
        tell(blow.victims[0], blow.fault.signal)
        try:
            if wait_for(self.house.is_fenced, seconds=EFFECT_SECONDS_MAX):
                time.sleep(FENCED_SECONDS)  # for the buyers, who come on their own
        finally:
            for one in keeper:
                tell(one, signal.SIGCONT)

    def finish(self) -> None:
        """Wait until every blow has had its effect and is over."""
        wait_for(lambda: self._look() or all(b.over_at for b in self.blows), seconds=RECOVERY_SECONDS_MAX)

    def _hold_still(self, blow: Blow) -> None:
        for victim in blow.victims:
            tell(victim, signal.SIGSTOP)
        try:
            if wait_for(lambda: all(is_stopped(v) or not v.lives for v in blow.victims), seconds=EFFECT_SECONDS_MAX):
                blow.seen_at = time.time()
            time.sleep(self.stop_seconds.get(blow.fault.target, 0.4))  # the fault itself, not a wait for something
        finally:
            for victim in reversed(blow.victims):
                tell(victim, signal.SIGCONT)
        blow.over_at = time.time()

    def _victims(self, fault: Fault) -> list[Identity]:
        """Whom a signal goes to. A stop takes the children too: a postmaster's backends work on without it."""
        if fault.target == "web worker":
            workers = [identity for pid in self.house.workers() if (identity := identify(pid))]
            return [self.dice.choice(workers)] if workers else []
        pid = self.house.pid(fault.target)
        if pid is None:
            return []
        return tree(pid) if fault.signal == signal.SIGSTOP else tree(pid)[:1]

    def _look(self) -> bool:
        """Note what has happened since. False, always: there is more to wait for."""
        now = time.time()
        for blow in self.blows:
            if blow.over_at is not None:
                continue
            if blow.seen_at is None and not blow.victims[0].lives:
                blow.seen_at = now
            if blow.seen_at is None:
                self._hurry(blow, now)
            elif self._is_back(blow):
                blow.over_at = now
        return False

    def _hurry(self, blow: Blow, now: float) -> None:
        if blow.fault.signal == signal.SIGTERM and now - max(blow.struck_at, blow.told_at) > POLITE_SECONDS:
            blow.told_at = now
            number = signal.SIGINT if blow.fault.target == "postgres" else signal.SIGTERM
            family = tree(blow.victims[0].pid) if blow.fault.target == "web" else blow.victims
            for one in family:
                tell(one, number)

    def _is_back(self, blow: Blow) -> bool:
        """Another process stands in its place; of the web, both workers do, and a page answers."""
        if blow.fault.target in WEB:
            return len(self.house.workers()) >= WEB_WORKERS and self.house.answers()
        pid = self.house.pid(blow.fault.target)
        return pid is not None and pid != blow.victims[0].pid

    def _amiss(self, fault: Fault) -> str:
        return f"{fault.target} does not recover: {[blow for blow in self.blows if not blow.over_at]}"

    def _is_well(self, target: str) -> bool:
        """Whether it may be struck. While the web is away, neither its workers are, nor a store: who would notice?"""
        self._look()
        related = {target, *WEB} if target in (*STORES, *WEB) else {target}
        if any(blow.over_at is None and blow.fault.target in related for blow in self.blows):
            return False
        if target == "web worker":
            return bool(self.house.workers())
        return self.house.pid(target) is not None
