"""The types of request fields: what a JSON value must look like before a service sees it.

`Id` and `Key` are names made by a client or by us; `Text` is what a person writes; `Count` is a positive whole number.
Patterns end in `\\Z`, since `$` would let a newline through.
"""

from typing import Annotated

from msgspec import Meta

ID_PATTERN = r"^[A-Za-z0-9_-]{1,64}\Z"
KEY_PATTERN = r"^[\x21-\x7e]{1,255}\Z"
# No control characters; no pile of more than four combining marks on one letter.
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
TEXT_PATTERN = rf"^(?!(?s:.)*[{_MARKS}]{{5}})[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*\Z"

SAID = {
    ID_PATTERN: "send 1 to 64 of A-Z a-z 0-9 _ -",
    KEY_PATTERN: "send 1 to 255 printable ASCII characters without spaces",
    TEXT_PATTERN: "send text without control characters and piles of accents",
}
"""What a client reads instead of a pattern."""

COUNT_MAX = 2**53 - 1

Id = Annotated[str, Meta(pattern=ID_PATTERN, description="1 to 64 of A-Z a-z 0-9 _ -")]
Key = Annotated[str, Meta(pattern=KEY_PATTERN, description="1 to 255 printable ASCII characters")]
Name = Annotated[str, Meta(pattern=TEXT_PATTERN, min_length=1, max_length=200)]
Text = Annotated[str, Meta(pattern=TEXT_PATTERN, max_length=4_000)]
Count = Annotated[int, Meta(ge=1, le=COUNT_MAX)]
