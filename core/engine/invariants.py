"""The invariants of the whole house: what the engine itself promises, then what each trade adds.

check    every invariant by name, with the sentences of what breaks it; an empty list means that it holds
"""

from __future__ import annotations

from core.engine.books import EXAMPLES_MAX, books
from core.engine.guardian import Halted, reconcile
from core.models import Journal, JournalConflict
from core.refusals import Unready


def check() -> dict[str, list[str]]:
    """Every invariant with what breaks it. Redis is compared at one sequence with the rows, while sales go on."""
    found = {
        "no_entry_refused": [str(one) for one in JournalConflict.objects.filter(looked_at=None)[:EXAMPLES_MAX]],
        "no_journal_halted": [f"{j.topic}: {j.halted}" for j in Journal.objects.exclude(halted="")[:EXAMPLES_MAX]],
        "redis_is_the_rows": _stores()[:EXAMPLES_MAX],
    }
    for book in books():
        found |= {f"{book.prefix}.{name}": sentences for name, sentences in book.breaches()}
    return found


def _stores() -> list[str]:
    """Each difference between Redis and the rows. A store that cannot be asked is a breach: nothing was proven."""
    sentences: list[str] = []
    for journal in Journal.objects.running():
        try:
            sentences += [f"{journal.topic}: {text}" for text in reconcile(journal.topic, repair=False)]
        except (Unready, Halted) as reason:
            sentences.append(f"{journal.topic}: could not be compared: {reason}")
    return sentences
