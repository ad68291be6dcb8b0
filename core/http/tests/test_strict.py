"""The strict decoder: what a body may not be, and that the answer names the field."""

from decimal import Decimal

import pytest

from core.http.fields import Count, Id, Key, Name, Text
from core.http.strict import BODY_BYTES_MAX, Request, decode
from core.refusals import Malformed, PayloadTooLarge, Validation


class Place(Request, frozen=True):
    row: Count


class Wish(Request, frozen=True, kw_only=True):
    user_id: Id
    item: Count | None = None
    amount: Decimal | None = None
    paid: bool = False
    note: Text = ""
    name: Name = "x"
    key: Key = "k"
    shift: int = 0
    places: list[Place] = []  # noqa: RUF012 -- msgspec copies it


GOOD = b'{"user_id": "alice"'


def test_it_works() -> None:
    wish = decode(b'{"user_id":"alice","item":7,"amount":100.00,"paid":true,"places":[{"row":2}]}', Wish)
    assert (wish.user_id, wish.item, wish.amount, wish.paid) == ("alice", 7, Decimal("100.00"), True)
    assert wish.places[0].row == 2


MALFORMED = [
    b"", b" ", b"null", b'"x"', b"[1]", b"7", b"true",
    b"\xef\xbb\xbf" + GOOD + b"}", (GOOD + b"}").decode().encode("utf-16"), GOOD + b', "note": "\xff"}',
    GOOD + b"} x", GOOD + b"}" + GOOD + b"}", GOOD, GOOD + b",}",
    GOOD + b', "item": NaN}', GOOD + b', "item": Infinity}', GOOD + b', "item": -Infinity}',
    GOOD + b', "item": 1, "item": 2}', GOOD + b', "places": [{"row": 1, "row": 2}]}',
    GOOD + b', "item": 01}', GOOD + b', "item": +1}', GOOD + b', "item": 0x10}', GOOD + b', "item": .5}',
    GOOD + b', "item": 5.}', GOOD + b', "item": 1 /* one */}', b"{'user_id': 'alice'}",
    GOOD + ', "item": １２}'.encode(), GOOD + b', "note": "a\x00b"}', GOOD + b', "note": "a\nb"}',
    b"[" * 60_000, b'{"a":' * 10_000, b'{"a":' * 40 + b"1" + b"}" * 40,
]  # fmt: skip


@pytest.mark.parametrize("raw", MALFORMED, ids=lambda raw: repr(raw[:40]))
def test_what_is_not_one_json_object_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        decode(raw, Wish)


INVALID: list[tuple[bytes, str]] = [
    (b"{}", "user_id"),
    (b'{"user_id": null}', "user_id"),
    (b'{"user_id": ""}', "user_id"),
    (b'{"user_id": 5}', "user_id"),
    (b'{"user_id": "a b"}', "user_id"),
    (b'{"user_id": "alice\\n"}', "user_id"),
    (b'{"user_id": ":{}*"}', "user_id"),
    (b'{"user_id": "' + b"a" * 65 + b'"}', "user_id"),
    (GOOD + b', "item": 0}', "item"),
    (GOOD + b', "item": -1}', "item"),
    (GOOD + b', "item": -0}', "item"),
    (GOOD + b', "item": 1.0}', "item"),
    (GOOD + b', "item": 1e3}', "item"),
    (GOOD + b', "item": "7"}', "item"),
    (GOOD + b', "item": true}', "item"),
    (GOOD + b', "item": 9007199254740993}', "item"),
    (GOOD + b', "item": ' + b"9" * 5_000 + b"}", "item"),
    (GOOD + b', "shift": 9007199254740993}', "shift"),
    (GOOD + b', "shift": -9007199254740993}', "shift"),
    (GOOD + b', "shift": -0}', "shift"),
    (GOOD + b', "amount": 1e400}', "amount"),
    (GOOD + b', "amount": 1e-400}', "amount"),
    (GOOD + b', "amount": -0.00}', "amount"),
    (GOOD + b', "amount": 0.' + b"1" * 90 + b"}", "amount"),
    (GOOD + b', "paid": 1}', "paid"),
    (GOOD + b', "paid": "yes"}', "paid"),
    (GOOD + b', "is_staff": true}', "is_staff"),
    (GOOD + b', "places": [{"row": 1}, {"row": "x"}]}', "places[1].row"),
    (GOOD + b', "places": [{"row": 1, "price": 0}]}', "places[0].price"),
    (GOOD + b', "places": {}}', "places"),
    (GOOD + b', "note": "a\\u0000b"}', "note"),
    (GOOD + b', "note": "a\\ud800b"}', "note"),
    (GOOD + ', "note": "a\u202eb"}'.encode(), "note"),
    (GOOD + b', "note": "a\\u202eb"}', "note"),
    (GOOD + ', "note": "Z\u0310\u0310\u0310\u0310\u0310"}'.encode(), "note"),
    (GOOD + b', "note": "' + b"a" * 4_001 + b'"}', "note"),
    (GOOD + b', "name": ""}', "name"),
    (GOOD + b', "key": ""}', "key"),
    (GOOD + ', "key": "ключ"}'.encode(), "key"),
]


@pytest.mark.parametrize(("raw", "field"), INVALID, ids=lambda one: repr(one[:60]))
def test_a_wrong_field_is_named(raw: bytes, field: str) -> None:
    with pytest.raises(Validation) as caught:
        decode(raw, Wish)
    assert caught.value.facts["errors"][0]["field"] == field
    assert field in caught.value.detail


SAID: list[tuple[bytes, str]] = [
    (b"{}", "user_id: this field is missing."),
    (b'{"user_id": ""}', "user_id: send 1 to 64 of A-Z a-z 0-9 _ -."),
    (b'{"user_id": 5}', "user_id: send a text, not a whole number."),
    (GOOD + b', "is_staff": true}', "is_staff: this field is not known here."),
    (GOOD + b', "item": 1.5}', "item: send a whole number or null, not a decimal number."),
    (GOOD + b', "item": true}', "item: send a whole number or null, not true or false."),
    (GOOD + b', "item": 0}', "item: send a whole number, at least 1."),
    (GOOD + b', "item": 9007199254740992}', "item: send a whole number, at most 9007199254740991."),
    (GOOD + b', "item": -0}', "item: send a whole number or null, not minus zero."),
    (GOOD + b', "shift": 9007199254740993}', "shift: send a whole number, not a number beyond 2^53."),
    (GOOD + b', "places": {}}', "places: send a list, not an object."),
    (GOOD + b', "places": [{}]}', "places[0].row: this field is missing."),
    (GOOD + b', "name": ""}', "name: send at least 1 character."),
    (GOOD + b', "name": "' + b"a" * 201 + b'"}', "name: send at most 200 characters."),
    (GOOD + b', "note": "\\u0001"}', "note: send text without control characters and piles of accents."),
    (GOOD + b', "key": "a b"}', "key: send 1 to 255 printable ASCII characters without spaces."),
]


@pytest.mark.parametrize(("raw", "sentence"), SAID, ids=lambda one: repr(one[:60]))
def test_what_is_wrong_is_said_plainly(raw: bytes, sentence: str) -> None:
    with pytest.raises(Validation) as caught:
        decode(raw, Wish)
    assert caught.value.detail == sentence


def test_no_name_of_a_field_is_taken_for_a_message() -> None:
    with pytest.raises(Validation) as caught:
        decode(GOOD + b', "Expected `int`, got `str`": 1}', Wish)
    assert caught.value.detail.endswith(": this field is not known here.")


def test_free_text_takes_any_letters() -> None:
    text = "Zoë 🎟️ مرحبا 東京 {{7*7}} <b> __proto__"
    assert decode(GOOD + f', "note": "{text}"}}'.encode(), Wish).note == text


def test_the_largest_exact_number_is_taken() -> None:
    assert decode(GOOD + b', "item": 9007199254740991}', Wish).item == 2**53 - 1


def test_more_than_64_kib_is_too_large() -> None:
    with pytest.raises(PayloadTooLarge):
        decode(b" " * (BODY_BYTES_MAX + 1), Wish)


def test_a_message_never_repeats_bad_characters() -> None:
    with pytest.raises(Validation) as caught:
        decode(GOOD + b', "a\\ud800\\u0000": 1}', Wish)
    caught.value.detail.encode()
