"""What hosted generators and the assistant share, without a service: budget, waits, messages, keys."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from cavendish.errors import CostError, GeneratorError, ModelError
from cavendish.generators.hosted import Budget
from cavendish.services.connection import Busy, error_of_status, key_from_environment, one_line, retry_after


def test_a_budget_is_spent_to_the_last_picture_and_no_further() -> None:
    budget = Budget("painter", price=0.1, max_cost=0.3)
    for _ in range(3):
        budget.check(1)
        budget.pay()
    with pytest.raises(CostError, match=r"^1 picture of painter cost about \$0.10, \$0.30 are spent"):
        budget.check(1)
    Budget("painter", price=0.0).check(1000)


def test_a_wait_is_read_as_a_number_or_a_date() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=30), usegmt=True)
    assert 28 < retry_after({"Retry-After": soon}) <= 30
    assert [retry_after({"retry-after": value}) for value in ("2.5", "-1", past)] == [2.5, 0.0, 0.0]
    assert [retry_after(headers) for headers in (None, {}, {"retry-after": "later"})] == [None] * 3


@pytest.mark.parametrize(
    ("status", "kind"), [(429, Busy), (503, Busy), (401, ModelError), (404, ModelError), (400, GeneratorError)]
)
def test_a_status_becomes_one_of_our_errors(status, kind) -> None:
    error = error_of_status("gemini", "some-model", status, "no")
    assert type(error) is kind
    assert str(error).endswith("no")


def test_messages_are_one_short_line_without_the_key() -> None:
    assert one_line("a\n  b secret", "secret") == "a b ***"
    assert len(one_line("x" * 500)) == 200


def test_the_first_key_that_is_set(monkeypatch) -> None:
    monkeypatch.delenv("A_KEY", raising=False)
    monkeypatch.setenv("B_KEY", "b")
    assert key_from_environment("A_KEY", "B_KEY", needed_by="it") == "b"
    with pytest.raises(ModelError, match="it needs a key: set A_KEY in the environment"):
        key_from_environment("A_KEY", needed_by="it")
