"""The bulkhead: bounded, fair, and nothing leaks when somebody turns back."""

import threading
from time import sleep

from core.places import Places


def test_the_last_place_is_the_last() -> None:
    places = Places(2)
    assert places.enter(seconds=0)
    assert places.enter(seconds=0)
    assert not places.enter(seconds=0.01)
    places.leave()
    assert places.enter(seconds=0)


def test_who_waited_longest_is_next() -> None:
    places, order = Places(1), []
    assert places.enter(seconds=0)

    def visit(name: int) -> None:
        assert places.enter(seconds=5)
        order.append(name)
        places.leave()

    threads = []
    for name in range(5):
        threads.append(threading.Thread(target=visit, args=(name,)))
        threads[-1].start()
        while len(places._line) <= name:
            sleep(0.001)
    places.leave()
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


def test_a_crowd_never_exceeds_the_places() -> None:
    places, inside, seen, refused = Places(3), [0], [], []
    lock = threading.Lock()

    def visit() -> None:
        for _ in range(200):
            if not places.enter(seconds=0.001):
                refused.append(1)
                continue
            with lock:
                inside[0] += 1
                seen.append(inside[0])
            with lock:
                inside[0] -= 1
            places.leave()

    crowd = [threading.Thread(target=visit) for _ in range(12)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert max(seen) <= 3
    assert len(seen) + len(refused) == 2_400
    assert all(places.enter(seconds=0) for _ in range(3))
    assert not places.enter(seconds=0)
