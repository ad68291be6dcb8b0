"""The door: what is sent once is sent once, and what it means when no answer comes."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
from collections.abc import Callable, Iterator

import pytest
from redis.exceptions import ResponseError

from core.engine import redis as door_module
from core.engine.journal import Keys
from core.engine.redis import Door, door
from core.engine.scripts import Script
from core.engine.tests.swallower import Swallower
from core.engine.tests.toy import TOPIC, Toy, say
from core.local.redis import EmbeddedRedis
from core.refusals import OutcomeUnknown, Unavailable, WarmingUp

Start = Callable[..., EmbeddedRedis]


def script(body: str) -> Script:
    """A script of the test's own."""
    return Script(name="test", body=body, sha=hashlib.sha1(body.encode(), usedforsecurity=False).hexdigest())


@pytest.fixture
def swallower(own_redis: Start) -> Iterator[Swallower]:
    """A server, and a way to it that can keep answers for itself."""
    with Swallower(own_redis().url) as swallower:
        yield swallower


def test_it_works(own_redis: Start) -> None:
    server = Door(own_redis().url)
    assert server.command("SET", "k", "v") == b"OK"
    assert server.pipeline([("GET", "k"), ("INCR", "n")]) == [b"v", 1]
    assert server.call(script("return {ARGV[1], ARGV[2]}"), keys=[], args=["x"]) == [server.run_id().encode(), b"x"]


def test_the_servers_name_is_learned(own_redis: Start) -> None:
    server = Door(own_redis().url)
    info = server.command("INFO", "server").decode()
    assert f"run_id:{server.run_id()}\r\n" in info
    assert len(server.run_id()) == 40


def test_another_server_is_another_name(own_redis: Start) -> None:
    redis = own_redis()
    server = Door(redis.url)
    before = server.run_id()
    redis.kill()
    redis.restart()
    assert server.run_id() != before


def test_a_forgotten_script_is_loaded_again(own_redis: Start) -> None:
    server = Door(own_redis().url)
    count = script("return {redis.call('INCR', KEYS[1])}")
    assert server.call(count, keys=["n"]) == [1]
    server.command("SCRIPT", "FLUSH")
    assert server.call(count, keys=["n"]) == [2]


@pytest.mark.parametrize("cut", [True, False])
def test_a_lost_answer_is_unknown(swallower: Swallower, cut: bool) -> None:
    server = Door(swallower.url, answer_seconds_max=0.2)
    server.command("SET", "n", 0)
    swallower.swallow(cut=cut)
    with pytest.raises(OutcomeUnknown):
        server.command("INCR", "n")
    assert swallower.asked(b"INCR") == 1
    assert swallower.direct.command("GET", "n") == b"1"


def test_a_lost_script_is_not_repeated(swallower: Swallower) -> None:
    server = Door(swallower.url, answer_seconds_max=0.2)
    count = script("return {redis.call('INCR', KEYS[1])}")
    server.call(count, keys=["n"])
    swallower.swallow(cut=True)
    with pytest.raises(OutcomeUnknown):
        server.call(count, keys=["n"])
    assert swallower.direct.command("GET", "n") == b"2"


def test_a_lost_pipeline_is_not_repeated(swallower: Swallower) -> None:
    server = Door(swallower.url, answer_seconds_max=0.2)
    server.command("PING")
    swallower.swallow(cut=True)
    with pytest.raises(OutcomeUnknown):
        server.pipeline([("INCR", "n"), ("INCR", "n")])
    assert swallower.direct.command("GET", "n") == b"2"


def test_after_a_lost_answer_all_is_well(swallower: Swallower) -> None:
    server = Door(swallower.url, answer_seconds_max=0.2)
    server.command("PING")
    swallower.swallow(cut=True)
    with pytest.raises(OutcomeUnknown):
        server.command("INCR", "n")
    swallower.pass_on()
    assert server.command("GET", "n") == b"1"


def test_a_late_answer_is_not_the_next_ones(swallower: Swallower) -> None:
    server = Door(swallower.url, answer_seconds_max=0.2)
    server.command("SET", "k", "mine")
    swallower.swallow(cut=False)
    with pytest.raises(OutcomeUnknown):
        server.command("GET", "k")
    swallower.pass_on()
    server._shut_until = 0.0
    assert server.command("ECHO", "hello") == b"hello"


def test_a_server_that_is_away_did_nothing(own_redis: Start) -> None:
    redis = own_redis()
    server = Door(redis.url)
    server.command("PING")
    redis.kill()
    with pytest.raises(Unavailable):
        server.command("INCR", "n")


def test_a_server_that_hung_up_is_asked_afresh(own_redis: Start) -> None:
    redis = own_redis()
    server, other = Door(redis.url), Door(redis.url)
    server.command("PING")
    other.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    assert server.command("INCR", "n") == 1


def test_a_paused_server_opens_the_breaker(own_redis: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    redis = own_redis()
    server = Door(redis.url, answer_seconds_max=0.2)
    server.command("PING")
    os.kill(redis.pid, signal.SIGSTOP)
    try:
        with pytest.raises(OutcomeUnknown):
            server.command("INCR", "n")
        asked: list[object] = []
        monkeypatch.setattr(server, "_exchange", lambda *words: asked.append(words))
        with pytest.raises(Unavailable):
            server.command("INCR", "n")
        assert asked == []
    finally:
        os.kill(redis.pid, signal.SIGCONT)


def test_the_breaker_closes_after_a_second(own_redis: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Door(own_redis().url)
    now = [1_000.0]
    monkeypatch.setattr("core.engine.redis.time.monotonic", lambda: now[0])
    server._shut()
    now[0] += door_module.BREAKER_SECONDS - 0.001
    with pytest.raises(Unavailable):
        server.command("PING")
    now[0] += 0.001
    assert server.command("PING") == b"PONG"
    assert server._shut_until == 0.0


def test_one_thread_tries_for_all(own_redis: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Door(own_redis().url)
    now = [1_000.0]
    monkeypatch.setattr("core.engine.redis.time.monotonic", lambda: now[0])
    server._shut()
    now[0] += door_module.BREAKER_SECONDS
    server._pass_breaker()
    with pytest.raises(Unavailable):
        server._pass_breaker()


def test_a_full_server_did_nothing(own_redis: Start) -> None:
    server = Door(own_redis().url)
    server.command("CONFIG", "SET", "maxmemory", 1)
    with pytest.raises(Unavailable):
        server.command("SET", "k", "v")
    with pytest.raises(Unavailable):
        server.call(script("return redis.call('SET', KEYS[1], '1')"), keys=["k"])
    assert server.command("EXISTS", "k") == 0


def test_an_error_of_ours_is_no_refusal(own_redis: Start) -> None:
    server = Door(own_redis().url)
    with pytest.raises(ResponseError):
        server.command("INCR", "a", "b")
    assert server.command("PING") == b"PONG"


def test_an_error_in_a_pipeline_hides_no_answer(own_redis: Start) -> None:
    server = Door(own_redis().url)
    assert server.pipeline([("INCR", "a", "b"), ("SET", "k", "v")]) == [None, b"OK"]
    assert server.command("GET", "k") == b"v"


def test_a_pipeline_of_nothing_is_nothing() -> None:
    assert Door("redis://127.0.0.1:1/0").pipeline([]) == []


def test_threads_have_connections_of_their_own() -> None:
    names: list[int] = []

    def ask() -> None:
        names.append(door().command("CLIENT", "ID"))
        door().close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(names)) == 4


def test_the_fence_travels_with_each_call(toy: Toy) -> None:
    assert say("hello") == 2
    door().command("HSET", Keys(TOPIC).meta, "run_id", "another")
    with pytest.raises(WarmingUp):
        say("again")
