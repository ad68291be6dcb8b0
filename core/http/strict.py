"""The one decoder of JSON bodies: strict, bounded, and exact about numbers.

`decode(raw, Type)` gives a `msgspec.Struct` of yours or refuses, naming the field. Two passes: the standard library's
scanner (it alone shows duplicate keys, and hands us the text of each number), then msgspec for the types.

    Malformed (400)   not JSON, not UTF-8, a BOM, trailing text, NaN, a key given twice, nested too deep, not an object
    Validation (422)  a field missing, unknown, of another type or out of range; NUL, surrogates, text that turns around

Declare request types with `class Hold(Request, frozen=True): item: Count | None = None`; unknown fields are refused.
"""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

import msgspec

from core.http.fields import SAID
from core.refusals import Malformed, PayloadTooLarge, Validation

BODY_BYTES_MAX = 64 * 1024
DEPTH_MAX = 32
NUMBER_MAX = 2**53  # Beyond it JavaScript and Lua lose digits, so nobody may mean one exactly.
DECIMAL_PLACES_MAX = 20

T = TypeVar("T")


class Request(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Base of every request body: a field we do not know is refused, not ignored."""


# These stand where a number may not be used; their names end up in msgspec's message, with the field's path.
_TOO_LARGE = type("a number beyond 2^53", (), {})()
_MINUS_ZERO = type("minus zero", (), {})()

_BAD_CHARACTERS = re.compile("[\x00\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')
_AT = re.compile(r"^(?P<message>.*?)(?: - at `(?P<path>[^`]*)`)?\Z", re.DOTALL)
_FIELD = re.compile(r"field `(?P<field>[^`]*)`")


def decode(raw: bytes, kind: type[T]) -> T:
    """The body as `kind`; raises Malformed, Validation or PayloadTooLarge."""
    if len(raw) > BODY_BYTES_MAX:
        raise PayloadTooLarge
    tree = parse(raw)
    if not isinstance(tree, dict):
        raise Malformed("Send a JSON object: { … }.")
    return fit(tree, kind)


def fit(tree: Any, kind: type[T]) -> T:
    """A parsed tree as `kind`; raises Validation that names the field."""
    try:
        return msgspec.convert(tree, kind, strict=True)
    except msgspec.ValidationError as error:
        raise _told_by_field(str(error)) from error


def parse(raw: bytes) -> Any:
    """The JSON document in `raw`: whole numbers as int, others as Decimal, each key once."""
    try:
        text = raw.decode("utf-8")
        if text.count("{") + text.count("[") > DEPTH_MAX:
            _refuse_deep(text)
        tree = _DECODER.decode(text)
    except UnicodeDecodeError as error:
        raise Malformed("The body is not UTF-8.") from error
    except RecursionError as error:
        raise Malformed("The body is nested too deep.") from error
    except ValueError as error:
        raise Malformed("The body is not one JSON document.") from error
    if not text.isascii() or "\\u" in text:
        _refuse_bad_characters(tree)
    return tree


def _whole(text: str) -> Any:
    if text == "-0":
        return _MINUS_ZERO
    if len(text) > 17:
        return _TOO_LARGE
    value = int(text)
    return _TOO_LARGE if abs(value) > NUMBER_MAX else value


def _fraction(text: str) -> Any:
    value = Decimal(text)
    if value.is_zero():
        return _MINUS_ZERO if value.is_signed() else value
    if len(text) > 64 or not -DECIMAL_PLACES_MAX <= value.adjusted() <= 15 or abs(value) > NUMBER_MAX:
        return _TOO_LARGE
    return value


def _constant(text: str) -> NoReturn:
    raise Malformed(f"{text} is not JSON.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree = dict(pairs)
    if len(tree) != len(pairs):
        raise Malformed("A key is given twice.")
    return tree


_DECODER = json.JSONDecoder(
    object_pairs_hook=_once, parse_int=_whole, parse_float=_fraction, parse_constant=_constant, strict=True
)


def _refuse_deep(text: str) -> None:
    depth = 0
    for mark in re.findall(r"[\[\]{}]", _STRINGS.sub("", text)):
        depth += 1 if mark in "[{" else -1
        if depth > DEPTH_MAX:
            raise Malformed("The body is nested too deep.")


def _refuse_bad_characters(tree: Any, path: str = "") -> None:
    if isinstance(tree, str):
        if _BAD_CHARACTERS.search(tree):
            raise by_field(path or "body", "holds a character that is not allowed (NUL, surrogate, direction mark)")
    elif isinstance(tree, dict):
        for key, value in tree.items():
            _refuse_bad_characters(key, path)
            _refuse_bad_characters(value, f"{path}.{key}" if path else key)
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            _refuse_bad_characters(value, f"{path}[{index}]")


def _told_by_field(message: str) -> Validation:
    """msgspec's message in plain words, with the field it means: from its path, or a name in its text."""
    found = _AT.match(message)
    assert found is not None
    path = (found["path"] or "").removeprefix("$").removeprefix(".")
    if named := _FIELD.search(found["message"]):
        path = f"{path}.{named['field']}" if path else named["field"]
    return by_field(path or "body", _plainly(found["message"]))


_WORDS = {
    "str": "a text", "int": "a whole number", "float": "a number", "decimal": "a decimal number",
    "bool": "true or false", "array": "a list", "object": "an object",
}  # fmt: skip
_COUNTED = {"str": "character", "array": "entry", "object": "field"}
_BOUNDS = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than", "==": "exactly"}
_PATTERNS_SAID = {repr(pattern): said for pattern, said in SAID.items()}


def _in_words(kinds: str) -> str:
    return " or ".join(_WORDS.get(kind, kind) for kind in kinds.split(" | "))


def _length(found: re.Match[str]) -> str:
    number, one = found["number"], _COUNTED.get(found["kind"], "byte")
    many = "entries" if one == "entry" else f"{one}s"
    return f"send {_BOUNDS[found['sign']]} {number} {one if number == '1' else many}"


# msgspec has one text for each way to be wrong; its words are Python's, and a client's programmer may know none.
_PLAIN: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern, re.DOTALL), say)
    for pattern, say in (
        (r"Object missing required field .*", lambda _: "this field is missing"),
        (r"Object contains unknown field .*", lambda _: "this field is not known here"),
        (
            r"Expected `(?P<wanted>[^`]*)`, got `(?P<got>[^`]*)`",
            lambda found: f"send {_in_words(found['wanted'])}, not {_in_words(found['got'])}",
        ),
        (r"Expected `(?P<kind>\w+)` of length (?P<sign>[<>=]+) (?P<number>\d+)", _length),
        (
            r"Expected `(?P<kind>\w+)` (?P<sign>[<>=]+) (?P<number>\S+)",
            lambda found: f"send {_in_words(found['kind'])}, {_BOUNDS[found['sign']]} {found['number']}",
        ),
        (
            r"Expected `str` matching regex (?P<pattern>.*)",
            lambda found: _PATTERNS_SAID.get(found["pattern"], "this text has a form that is not allowed"),
        ),
        (r"Invalid enum value .*", lambda _: "this is none of the values that are allowed"),
        (r"Invalid UUID", lambda _: "send a UUID"),
        (r"Invalid RFC3339 encoded datetime", lambda _: "send a time such as 2030-01-31T12:00:00Z"),
    )
)


def _plainly(message: str) -> str:
    """The message as a sentence that says what to send; one of another kind stays as it is."""
    for pattern, say in _PLAIN:
        if found := pattern.fullmatch(message):
            return say(found)
    return message[:1].lower() + message[1:]


def by_field(field: str, message: str) -> Validation:
    """The refusal of one field; neither its name nor the message repeats a character that is not allowed."""
    clean = _BAD_CHARACTERS.sub("", field)[:200]
    plain = _BAD_CHARACTERS.sub("", message.replace("`", "'"))[:400]
    return Validation(f"{clean}: {plain}.", errors=[{"field": clean, "message": plain}])
