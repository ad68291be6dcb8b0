"""Redis is killed with -9 and comes back, or comes back empty: first `warming_up`, then sound, nothing lost."""

from __future__ import annotations

import shutil

import pytest

from core.engine import guardian, recorder
from core.engine.journal import Keys
from core.engine.redis import door
from core.engine.scripts import load
from core.engine.tests.toy import LUA, TOPIC, Toy, journal, said, say, written
from core.local.redis import EmbeddedRedis
from core.refusals import Unavailable, WarmingUp


def test_a_restart_loses_nothing(core_redis: EmbeddedRedis, toy: Toy) -> None:
    words = [f"w{number}" for number in range(50)]
    for word in words:
        say(word)
    core_redis.kill()
    with pytest.raises(Unavailable):
        say("away")
    core_redis.restart()
    with pytest.raises(WarmingUp) as refusal:
        say("too soon")
    assert refusal.value.facts == {"why": "restarted"}
    assert guardian.guard() == [TOPIC]
    assert said() == words
    say("after")
    recorder.record(TOPIC)
    assert [word for _, _, word in written() if word] == [*words, "after"]
    assert journal().epoch == 1


def test_a_destroyed_disk_loses_the_tail_alone(core_redis: EmbeddedRedis, toy: Toy) -> None:
    say("recorded")
    recorder.record(TOPIC)
    say("tail")
    core_redis.kill()
    for file in core_redis.work.iterdir():
        shutil.rmtree(file) if file.is_dir() else file.unlink()
    core_redis.restart()
    with pytest.raises(WarmingUp) as refusal:
        say("too soon")
    assert refusal.value.facts == {"why": "missing"}
    assert guardian.guard() == [TOPIC]
    assert (said(), journal().epoch) == (["recorded"], 2)


def test_a_call_packed_for_the_old_server_is_refused(core_redis: EmbeddedRedis, toy: Toy) -> None:
    old = door().run_id()
    core_redis.kill()
    core_redis.restart()
    guardian.guard()
    keys = Keys(TOPIC)
    script = load(LUA / "say.lua")
    door().command("SCRIPT", "LOAD", script.body)
    answer = door().command("EVALSHA", script.sha, 3, keys.meta, keys.journal, keys("words"), old, "late")
    assert answer == [b"warming_up", b"restarted"]
    assert said() == []
