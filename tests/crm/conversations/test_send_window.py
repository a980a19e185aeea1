"""The quota of custom/send: its windows to the second, and every short history against a second opinion."""

from datetime import UTC, datetime, timedelta
from itertools import combinations_with_replacement, pairwise, product

import pytest

from integrations.crm.conversations.send_window import Allowance, Interaction, Kind, allowance

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TWO_DAYS = timedelta(hours=48)
MINUTE = timedelta(minutes=1)
CLOSED = Allowance(0, None, "closed")


def _did(kind: Kind, at: datetime = NOON) -> Interaction:
    return Interaction(at, kind)


def _open(remaining: int, closes_at: datetime = NOON + TWO_DAYS) -> Allowance:
    return Allowance(remaining, closes_at, "open")


def test_without_an_interaction_nothing_may_be_sent() -> None:
    assert allowance([], [], NOON) == CLOSED
    assert allowance([], [NOON], NOON) == CLOSED


@pytest.mark.parametrize(("kind", "count", "life"), [("message", 5, TWO_DAYS), ("click", 3, MINUTE)])
def test_a_window_lasts_to_the_second(kind: Kind, count: int, life: timedelta) -> None:
    opened = Allowance(count, NOON + life, "open")
    assert allowance([_did(kind)], [], NOON - SECOND) == CLOSED
    assert allowance([_did(kind)], [], NOON) == opened
    assert allowance([_did(kind)], [], NOON + life - SECOND) == opened
    assert allowance([_did(kind)], [], NOON + life) == CLOSED


@pytest.mark.parametrize(("kind", "count", "life"), [("message", 5, TWO_DAYS), ("click", 3, MINUTE)])
def test_a_spent_window_says_so(kind: Kind, count: int, life: timedelta) -> None:
    for sent in range(count):
        assert allowance([_did(kind)], [NOON + SECOND] * sent, NOON + SECOND).remaining == count - sent
    for sent in (count, count + 1):
        spent = allowance([_did(kind)], [NOON + SECOND] * sent, NOON + SECOND)
        assert spent == Allowance(0, NOON + life, "spent")


def test_a_new_message_renews_and_does_not_add() -> None:
    later = NOON + timedelta(hours=1)
    both = [_did("message"), _did("message", later)]
    assert allowance(both, [NOON] * 5, later) == _open(5, later + TWO_DAYS)
    assert allowance(both, [], later) == _open(5, later + TWO_DAYS)


def test_a_click_adds_for_its_minute_and_is_spent_first() -> None:
    both = [_did("message"), _did("click", NOON + SECOND)]
    now = NOON + 2 * SECOND
    assert allowance(both, [], now) == _open(8)
    assert allowance(both, [now] * 2, now) == _open(6)
    assert allowance(both, [now] * 4, now) == _open(4)
    assert allowance(both, [now] * 4, now + MINUTE) == _open(4)
    assert allowance(both, [now] * 2, now + MINUTE) == _open(5)


def test_near_its_end_the_message_goes_first() -> None:
    click = _did("click", NOON + TWO_DAYS - 30 * SECOND)
    now = NOON + TWO_DAYS - 10 * SECOND
    assert allowance([_did("message"), click], [now], now) == _open(7, click.at + MINUTE)
    assert allowance([_did("message"), click], [now], NOON + TWO_DAYS) == _open(3, click.at + MINUTE)


def test_the_last_usable_window_names_the_end() -> None:
    both = [_did("message"), _did("click", NOON + SECOND)]
    assert allowance(both, [NOON] * 5, NOON + SECOND) == _open(3, NOON + SECOND + MINUTE)
    assert allowance(both, [NOON] * 5, NOON + SECOND + MINUTE) == Allowance(0, NOON + TWO_DAYS, "spent")


def test_the_future_does_not_count() -> None:
    assert allowance([_did("message"), _did("click", NOON + SECOND)], [NOON + SECOND], NOON) == _open(5)


def test_order_of_the_lists_is_of_no_matter() -> None:
    done = [_did("click", NOON + SECOND), _did("message")]
    sent = [NOON + 5 * SECOND, NOON]
    now = NOON + 9 * SECOND
    assert allowance(done, sent, now) == allowance(done[::-1], sent[::-1], now) == _open(6)


def _second_opinion(done: list[Interaction], sent: list[datetime], now: datetime) -> int:
    """Tickets: each interaction hands some out, good until they end or the next of its kind replaces them."""
    tickets: list[tuple[datetime, datetime, datetime]] = []
    for kind, count, life in (("message", 5, TWO_DAYS), ("click", 3, MINUTE)):
        starts = sorted(one.at for one in done if one.kind == kind)
        for start, replaced in pairwise([*starts, datetime.max.replace(tzinfo=UTC)]):
            tickets += [(start + life, start, min(replaced, start + life))] * count
    for at in sorted(at for at in sent if at <= now):
        usable = [ticket for ticket in tickets if ticket[1] <= at < ticket[2]]
        if usable:
            tickets.remove(min(usable))
    return len([ticket for ticket in tickets if ticket[1] <= now < ticket[2]])


def test_every_short_history() -> None:
    times = [NOON, NOON + 20 * SECOND, NOON + MINUTE, NOON + TWO_DAYS]
    kinds: tuple[Kind, ...] = ("message", "click")
    interactions = [_did(kind, at) for kind, at in product(kinds, times)]
    histories = [list(chosen) for n in range(3) for chosen in combinations_with_replacement(interactions, n)]
    sendings = [list(chosen) for n in range(5) for chosen in combinations_with_replacement(times, n)]
    for done, sent, now in product(histories, sendings, times[1:]):
        found = allowance(done, sent, now)
        assert found.remaining == _second_opinion(done, sent, now), (done, sent, now)
        assert (found.reason == "open") == (found.remaining > 0)
        assert (found.closes_at is None) == (found.reason == "closed")


def test_who_leaves_takes_all_windows_along() -> None:
    done = [Interaction(NOON, "message"), Interaction(NOON, "click"), Interaction(NOON + SECOND, "left")]
    assert allowance(done, [], NOON + 2 * SECOND) == CLOSED
    back = [*done, Interaction(NOON + 2 * SECOND, "click")]
    assert allowance(back, [], NOON + 3 * SECOND).remaining == 3
