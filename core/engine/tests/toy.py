"""A toy trade, so that the engine is tried without a word of any real one: people say words, and the books keep them.

Toy          the trade's side of the engine; a word is written once, a second time is a conflict
say          decide one word
said         the words that Redis has
written      the rows: (epoch, seq, word)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from django.db import connection

from core.engine.books import Superseded
from core.engine.journal import Entry, Keys, look
from core.engine.recorder import record_locked
from core.engine.redis import door
from core.engine.scripts import load
from core.models import Journal
from core.refusals import WarmingUp

LUA = Path(__file__).parent / "lua"
TOPIC = "toy:1"
OTHER = "toy:2"


class Toy:
    """The book of the toy trade."""

    prefix = "toy"

    def __init__(self) -> None:
        self.paused: list[str] = []
        self.resumed: list[str] = []
        self.applied = 0
        self.rebuilt = 0

    def vital_keys(self, topic: str) -> Sequence[str]:
        return [Keys(topic)("words")]

    def apply(self, topic: str, entries: Sequence[Entry]) -> None:
        self.applied += len(entries)
        rows = [(topic, e.epoch, e.seq, e.fields["word"] or None) for e in entries]
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO toy_word VALUES (%s, %s, %s, %s)", rows)

    def rebuild(self, journal: Journal) -> None:
        self.rebuilt += 1
        keys = Keys(journal.topic)
        words = [word for _, _, word in written(journal.topic) if word]
        answer = door().call(
            load(LUA / "open.lua"),
            keys=[keys.building, keys.meta, keys.journal, keys("words")],
            args=[journal.epoch, journal.recorded_seq, door().appendfsync(), *words],
        )
        if answer[0] != b"ok":
            raise Superseded

    def differences(self, journal: Journal) -> list[str]:
        record_locked(journal, upto=look([journal.topic], vital=[()])[0].head)
        ours = {word for _, _, word in written(journal.topic) if word}
        return [f"{word} is in Redis, not in the rows" for word in sorted(set(said(journal.topic)) - ours)]

    def pause(self, topic: str, *, reason: str) -> None:
        self.paused.append(reason)

    def resume(self, topic: str, *, reason: str) -> None:
        self.resumed.append(reason)

    def breaches(self) -> Iterable[tuple[str, list[str]]]:
        yield "words_are_short", [word for _, _, word in written() if word and len(word) > 20]


def say(word: str, topic: str = TOPIC) -> int:
    """Decide one word; returns its sequence. Raises `WarmingUp`."""
    keys = Keys(topic)
    answer = door().call(load(LUA / "say.lua"), keys=[keys.meta, keys.journal, keys("words")], args=[word])
    if answer[0] != b"ok":
        raise WarmingUp(why=answer[1].decode())
    return int(answer[1])


def said(topic: str = TOPIC) -> list[str]:
    """The words in Redis."""
    return [word.decode() for word in door().command("LRANGE", Keys(topic)("words"), 1, -1)]


def written(topic: str | None = None) -> list[tuple[int, int, str | None]]:
    """The rows, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT epoch, seq, word FROM toy_word WHERE %s IS NULL OR topic = %s ORDER BY topic, seq", [topic, topic]
        )
        return list(cursor.fetchall())


def make_table() -> None:
    """The toy's rows; the same word twice breaks a constraint."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS toy_word"
            " (topic text, epoch int, seq bigint, word text UNIQUE, PRIMARY KEY (topic, epoch, seq))"
        )
        cursor.execute("DELETE FROM toy_word")


def journal(topic: str = TOPIC) -> Journal:
    """The journal row, fresh."""
    return Journal.objects.get(topic=topic)
