"""What an error carries, and what is never shown."""

import pytest

from core.blanks import blank_mapping, blank_text, is_secret
from core.refusals import NotFound
from core.telling import tells, told

CODE = "0197-hourly.AbCdEfGhIjKlMnOpQrStUv"


def test_an_error_names_the_verb_and_stays_itself() -> None:
    cause = ValueError("the cause")
    with pytest.raises(ValueError, match="the cause") as caught, told("purchase", code=CODE, buyer="demo:7", item=3):
        raise cause
    assert caught.value is cause
    assert cause.__notes__ == ["purchase(code='***', buyer='demo:7', item=3)"]


def test_the_first_cause_is_reachable() -> None:
    @tells
    def outer(*, item: int) -> None:
        try:
            with told("inner", step=1):
                raise KeyError(item)
        except KeyError as error:
            raise RuntimeError("outer failed") from error

    with pytest.raises(RuntimeError) as caught:
        outer(item=7)
    assert isinstance(caught.value.__cause__, KeyError)
    assert caught.value.__cause__.__notes__ == ["inner(step=1)"]
    assert caught.value.__notes__[0].endswith("outer(item=7)")


def test_a_refusal_passes_without_a_note() -> None:
    with pytest.raises(NotFound) as caught, told("purchase", code=CODE):
        raise NotFound
    assert not hasattr(caught.value, "__notes__")


@pytest.mark.parametrize("key", ["code", "Token", "PASSWORD", "secret", "Authorization", "api_token", "SECRET_KEY",
                                 "db_password", "checkout_code", "Cookie"])  # fmt: skip
def test_a_secret_key_is_known(key: str) -> None:
    assert is_secret(key)


@pytest.mark.parametrize("key", ["status", "status_code", "item", "buyer", "key", "reason"])
def test_other_keys_are_shown(key: str) -> None:
    assert not is_secret(key)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"/purchase?code={CODE}&x=1", "/purchase?code=***&x=1"),
        (f"/api/v1/holds/{CODE}", "/api/v1/holds/0197-hourly.***"),
        (f"no hold under {CODE}.", "no hold under 0197-hourly.***."),
        ("redis://:s3cret@host:6379/0", "redis://:***@host:6379/0"),
        ("postgresql://stampede:s3cret@host/db", "postgresql://stampede:***@host/db"),
        ("?api_token=abc", "?api_token=***"),
        ("sale 42 of 10.000", "sale 42 of 10.000"),
    ],
)
def test_secrets_inside_a_text_are_blanked(text: str, shown: str) -> None:
    assert blank_text(text) == shown


def test_nested_secrets_are_blanked() -> None:
    shown = blank_mapping({"body": {"code": CODE, "items": [{"token": "x"}, "code=y"]}, "code": ""})
    assert shown == {"body": {"code": "***", "items": [{"token": "***"}, "code=***"]}, "code": ""}
