"""What a crowd has heard."""

import pytest

from benchmarks.tally import LOST, Tally, quantile


def heard(*answers: tuple[int, bytes]) -> Tally:
    tally = Tally(began=1.0, ended=3.0)
    for status, body in answers:
        tally.note("checkout", 0.001, status, body)
    return tally


def test_outcomes_by_reason() -> None:
    tally = heard((200, b"{}"), (409, b'{"code":"sold_out"}'), (409, b'{"message":"", "code": "sold_out"}'))
    assert tally.count("checkout") == 1
    assert tally.refusals() == {"sold_out": 2}
    assert not tally.errors


def test_what_is_no_honest_no() -> None:
    tally = heard((503, b'{"code":"warming_up"}'), (500, b"oops"), (LOST, b""), (404, b"?"))
    assert tally.errors == {
        ("checkout", "warming_up"): 1,
        ("checkout", "http 500"): 1,
        ("checkout", "connection lost"): 1,
    }
    assert tally.refusals() == {"http 404": 1}
    assert tally.requests == 4


def test_tallies_add_up() -> None:
    both = Tally()
    both.add(heard((200, b"")))
    later = heard((200, b""), (409, b'{"code":"item_taken"}'))
    later.began, later.ended, later.cpu_seconds = 2.0, 5.0, 0.5
    both.add(later)
    assert (both.requests, both.count("checkout"), both.refusals()) == (3, 2, {"item_taken": 1})
    assert (both.began, both.ended, both.seconds) == (1.0, 5.0, 4.0)
    assert both.cpu_share == pytest.approx(0.125)


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100), (0.001, 1)])
def test_quantiles_are_exact(share: float, value: int) -> None:
    assert quantile(list(range(1, 101)), share) == value


def test_a_quantile_of_one() -> None:
    assert quantile([7.0], 0.99) == 7.0
