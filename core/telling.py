"""Who asked, and what was being done: what an error carries besides its cause.

`told(verb, **arguments)` wraps a step of a service; an unexpected error leaves it unchanged, with a note that names the
verb and its arguments, codes blanked. A refusal is no error and passes without one. `tells` does the same for a whole
keyword-only function. `request_id` is the id of the request in hand; log lines read it.
"""

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from core.blanks import blank_mapping
from core.refusals import Refusal

P = ParamSpec("P")
R = TypeVar("R")

request_id: ContextVar[str] = ContextVar("request_id", default="")


class told:  # noqa: N801 -- reads as a sentence: `with told("purchase", code=code):`
    """Adds `purchase(code='***', buyer='demo:7')` to an unexpected error that passes; the error stays itself."""

    __slots__ = ("arguments", "verb")

    def __init__(self, verb: str, **arguments: Any) -> None:
        self.verb = verb
        self.arguments = arguments

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if isinstance(error, Exception) and not isinstance(error, Refusal):
            shown = ", ".join(f"{name}={value!r}" for name, value in blank_mapping(self.arguments).items())
            error.add_note(f"{self.verb}({shown})")


def tells(service: Callable[P, R]) -> Callable[P, R]:
    """A service whose unexpected errors name it and its keyword arguments."""
    verb = service.__qualname__

    @wraps(service)
    def telling(*args: P.args, **kwargs: P.kwargs) -> R:
        with told(verb, **kwargs):
            return service(*args, **kwargs)

    return telling
