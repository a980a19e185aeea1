"""One-time codes: checked on arrival, never stored, three wrong ones lock."""

import pytest

from integrations.crm.conversations.verification import MAX_CODES, VerificationLocked
from tests.crm.conversations.conftest import Desk


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_the_right_code_verifies_for_the_session(desk: Desk) -> None:
    customer = desk.customer()
    name = desk.conversation()
    code = desk.challenge(name, customer)
    desk.receive(name, code)
    assert desk.level(name) == "verified"
    assert desk.get(name).customer_id == customer
    assert all(code not in message.text for message in desk.messages(name))


def test_verification_ends_after_idle_time_and_use_prolongs_it(desk: Desk) -> None:
    name = desk.conversation()
    desk.receive(name, desk.challenge(name, desk.customer()))
    desk.later(minutes=29)
    desk.receive(name, "余额")  # whoever answers it, the bot or a person
    desk.later(minutes=29, seconds=59)
    assert desk.level(name) == "verified"
    desk.later(seconds=1)
    assert desk.level(name) == "known"


def test_a_late_code_is_worthless_but_still_not_stored(desk: Desk) -> None:
    name = desk.conversation()
    code = desk.challenge(name, desk.customer())
    desk.later(minutes=5, seconds=1)
    desk.receive(name, code)
    assert desk.level(name) == "none"
    assert code not in desk.messages(name)[0].text


def test_three_wrong_codes_lock_also_with_new_codes_in_between(desk: Desk) -> None:
    customer = desk.customer()
    name = desk.conversation()
    for _ in range(3):
        desk.receive(name, wrong(desk.challenge(name, customer)))
    with pytest.raises(VerificationLocked):
        desk.challenge(name, customer)
    with pytest.raises(VerificationLocked):
        desk.challenge(desk.conversation("another"), customer)
    desk.later(minutes=30, seconds=1)
    desk.receive(name, desk.challenge(name, customer))
    assert desk.level(name) == "verified"


def test_the_lock_holds_against_the_right_code(desk: Desk) -> None:
    name = desk.conversation()
    code = desk.challenge(name, desk.customer())
    for _ in range(3):
        desk.receive(name, wrong(code))
    desk.receive(name, code)
    assert desk.level(name) == "none"


def test_the_lock_holds_in_conversations_that_have_a_code_already(desk: Desk) -> None:
    customer = desk.customer()
    waiting = desk.conversation("b")
    code = desk.challenge(waiting, customer)
    name = desk.conversation("a")
    known = desk.challenge(name, customer)
    for _ in range(3):
        desk.receive(name, wrong(known))
    desk.receive(waiting, code)
    assert desk.level(waiting) == "none"
    assert desk.challenge_status(waiting) == "locked"


def test_many_conversations_cannot_flood_a_phone(desk: Desk) -> None:
    customer = desk.customer()
    for number in range(MAX_CODES):
        desk.challenge(desk.conversation(f"stranger {number}"), customer)
    with pytest.raises(VerificationLocked):
        desk.challenge(desk.conversation("one more"), customer)
    desk.challenge(desk.conversation("one more"), desk.customer("C2"))
    desk.later(minutes=30, seconds=1)
    desk.challenge(desk.conversation("one more"), customer)


def test_a_code_belongs_to_its_conversation(desk: Desk) -> None:
    customer = desk.customer()
    mine, other = desk.conversation("a"), desk.conversation("b")
    code = desk.challenge(mine, customer)
    desk.challenge(other, customer)
    desk.receive(other, code)
    assert desk.level(other) == "none"


def test_a_new_code_replaces_the_old_one(desk: Desk) -> None:
    customer = desk.customer()
    name = desk.conversation()
    old = desk.challenge(name, customer)
    new = desk.challenge(name, customer)
    if old != new:
        desk.receive(name, old)
        assert desk.level(name) == "none"
    desk.receive(name, new)
    assert desk.level(name) == "verified"
