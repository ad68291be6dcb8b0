"""What the people of the crowd ask for."""

import random
from collections.abc import Callable

from benchmarks.buyers import Page, checkout, purchase, shoppers, wishes
from benchmarks.generator import Script
from benchmarks.wire import Parsed

SOLD_OUT = 409, b'{"code":"sold_out"}'
TAKEN = 409, b'{"code":"item_taken"}'
CODE = 200, b'{"code":"sale.secret"}'


def play(script: Script, answer: Callable[[bytes], Parsed]) -> list[bytes]:
    """Run a script to its end; what it asked."""
    asked = []
    question = next(script, None)
    while question is not None:
        asked.append(question[1])
        try:
            question = script.send(answer(question[1]))
        except StopIteration:
            break
    return asked


def test_nobody_passes_the_limit() -> None:
    each = list(wishes(100, buyer_limit=10))
    assert [item for _, item in each] == list(range(1, 101))
    assert {sum(1 for buyer, _ in each if buyer == b) for b in range(1, 11)} == {10}


def test_processes_share_the_items() -> None:
    parts = [list(wishes(101, buyer_limit=10, number=n, processes=2, first=51)) for n in (0, 1)]
    assert sorted(item for part in parts for _, item in part) == list(range(51, 152))


def test_a_purchase_takes_the_code() -> None:
    assert purchase(b'{"code":"abc.def"}').startswith(b"POST /purchase?code=abc.def HTTP/1.1\r\n")
    assert checkout(7, 9).startswith(b"POST /checkout?user_id=7&id=9 HTTP/1.1\r\n")


def test_a_page_greys_out() -> None:
    page = Page(5, random.Random(1))
    for item in (5, 2, 2, 1):
        page.grey_out(item)
    assert sorted(page.free) == [3, 4]
    assert {page.choose() for _ in range(50)} == {3, 4}
    page.grey_out(3)
    page.grey_out(4)
    assert not page.free


def test_a_shopper_buys_up_to_the_limit() -> None:
    asked = play(next(shoppers(range(1, 2), items=100, limit=3, seed=1)), lambda _: CODE)
    assert [b"/purchase" in question for question in asked] == [False, True] * 3


def test_a_shopper_tries_another_item() -> None:
    def taken_but_once(asked: bytes) -> Parsed:
        return CODE if b"id=4 " in asked or b"/purchase" in asked else TAKEN

    asked = play(next(shoppers(range(1, 2), items=5, limit=1, seed=1)), taken_but_once)
    assert asked[-2:] == [checkout(1, 4), purchase(CODE[1])]
    assert len(set(asked)) == len(asked)


def test_a_shopper_leaves_when_sold_out() -> None:
    script = next(shoppers(range(1, 3), items=5, limit=2, seed=1))
    assert len(play(script, lambda _: SOLD_OUT)) == 2
