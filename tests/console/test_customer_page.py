"""What stands on a customer's page."""

from datetime import datetime, timedelta

from sqlalchemy import select

from integrations.console import warnings_list
from integrations.console.customer_holdings import activity, month_starts
from integrations.console.rendering import render
from integrations.crm.conversations import feedback, repository
from integrations.crm.customers import profiles
from integrations.crm.customers.churn_warnings import UNDER_AGE
from integrations.crm.customers.periods import today
from integrations.crm.models import (
    Customer,
    Holding,
    Recommendation,
    Ticket,
    TierChange,
)
from integrations.crm.recommendations import impressions
from integrations.crm.recommendations import service as recommendations
from integrations.crm.settings import SHANGHAI
from tests.console.customers import (
    MARKUP,
    account,
    assessed,
    html_of,
    likely_to_leave,
    managed_by,
    movement,
    opened,
    opts_out,
    rich_customer,
)
from tests.console.world import World


def test_markup_from_everywhere_is_text(room: World) -> None:
    customer, agent = room.customer(MARKUP), room.staff("supervisor", MARKUP)
    managed_by(room, customer, agent)
    likely_to_leave(room, customer, 0.9, MARKUP)
    public_id = room.conversation(customer=customer)
    room.taken(public_id, agent)
    room.ticket(customer, MARKUP)
    now = room.clock()
    with room.database.transaction() as session:
        conversation = repository.lock_conversation(session, public_id)
        feedback.rate(session, conversation, score=1, comment=MARKUP, source_key="r1", now=now)
        session.add_all(
            [
                Recommendation(
                    customer_id=customer.id,
                    source_key="s1",
                    product_code=MARKUP[:30],
                    surface="bot",
                    place=1,
                    reason=MARKUP,
                    shown_at=now,
                ),
                Holding(
                    customer_id=customer.id,
                    product_code="X",
                    product_name=MARKUP,
                    kind="wealth",
                    amount_fen=1,
                    since=today(now),
                ),
                TierChange(
                    customer_id=customer.id,
                    dimension="value",
                    before=MARKUP,
                    after="vip",
                    reason=MARKUP,
                    at=now,
                ),
            ]
        )
    html = html_of(opened(room, agent, customer))
    html += render("customer_who.html", p=opened(room, agent, customer).person, revealed={
        "name": MARKUP, "phone": MARKUP, "id_number": MARKUP, "email": MARKUP,
    })  # fmt: skip
    assert "<img src=x" not in html
    assert html.count("&lt;img src=x") >= 10


def test_expired_assessment_is_marked(room: World) -> None:
    customer, supervisor = room.customer(), room.staff("supervisor")
    assert "未测评" in html_of(opened(room, supervisor, customer))
    assessed(room, customer, 3, valid=timedelta(seconds=60))
    page = opened(room, supervisor, customer)
    assert page.assessment.state == "valid" and "C3 平衡型" in html_of(page)
    room.clock.ahead = timedelta(seconds=61)
    page = opened(room, supervisor, customer)
    assert page.assessment.state == "expired"
    assert "已过期" in html_of(page) and "重新测评前不能推荐" in html_of(page)
    assert all(offer.product.risk is None for offer in page.advice.offers)


def test_tiers_with_reasons_and_what_follows(room: World) -> None:
    customer, supervisor = rich_customer(room), room.staff("supervisor")
    assert opened(room, supervisor, customer).tiers.now == ()
    with room.database.transaction() as session:
        profiles.recompute(session, [customer.id], room.clock())
    page = opened(room, supervisor, customer)
    assert [tier.dimension for tier in page.tiers.now] == ["value", "behaviour", "risk", "lifecycle"]
    assert all(tier.reason and tier.since for tier in page.tiers.now)
    assert len(page.tiers.moves) >= 4
    html = html_of(page)
    for tier in page.tiers.now:
        assert tier.reason is not None and tier.reason in html
    assert page.tiers.strategy is not None and page.tiers.strategy.goal in html


def test_activity_counts_months_of_shanghai(room: World) -> None:
    customer, other = room.customer(), room.customer("王芳")
    mine, theirs = account(room, customer), account(room, other)
    day = datetime(2026, 11, 20, tzinfo=SHANGHAI).date()
    for at, fen in (
        (datetime(2025, 11, 30, 23, 59, 59, tzinfo=SHANGHAI), 7),  # a month too early
        (datetime(2025, 12, 1, tzinfo=SHANGHAI), 100),
        (datetime(2026, 2, 28, 23, 59, 59, tzinfo=SHANGHAI), -250),
        (datetime(2026, 3, 1, tzinfo=SHANGHAI), -30),
        (datetime(2026, 11, 20, 23, 59, 59, tzinfo=SHANGHAI), 5),
        (datetime(2026, 11, 21, tzinfo=SHANGHAI), 9),  # tomorrow
    ):
        movement(room, mine, at, fen)
    movement(room, theirs, datetime(2026, 3, 2, tzinfo=SHANGHAI), 1_000)
    with room.look() as session:
        months = {row.name: row for row in activity(session, customer.id, day)}
    assert list(months) == [f"{first:%Y-%m}" for first in month_starts(day, 12)]
    assert len(months) == 12
    got = {name: (row.in_fen, row.out_fen, row.count) for name, row in months.items() if row.count}
    assert got == {
        "2025-12": (100, 0, 1),
        "2026-02": (0, 250, 1),
        "2026-03": (0, 30, 1),
        "2026-11": (5, 0, 1),
    }


def test_history_tells_satisfaction_and_the_fate_of_offers(room: World) -> None:
    customer, supervisor = rich_customer(room), room.staff("supervisor")
    public_id, now = room.conversation(customer=customer), room.clock()
    with room.database.transaction() as session:
        conversation = repository.lock_conversation(session, public_id)
        for number, score in enumerate((5, 2)):
            feedback.rate(session, conversation, score=score, comment=None, source_key=f"r{number}", now=now)
        offer = recommendations.recommend(
            session, customer.id, now=now, surface="bot", source_key="turn-1", limit=1
        )[0]
        impressions.record_outcome(session, customer.id, offer.product.code, "declined", now)
    page = opened(room, supervisor, customer)
    assert (page.history.rated, page.history.average) == (2, 3.5)
    shown = page.history.shown[0]
    assert (shown.product, shown.reason, shown.outcome) == (offer.product.name, offer.reason, "declined")
    html = html_of(page)
    assert "平均 3.5 分" in html and "不感兴趣" in html
    assert offer.product.code not in {one.product.code for one in page.advice.offers}


def test_churn_with_reasons_or_why_there_is_no_judgement(room: World) -> None:
    customer, supervisor = room.customer(), room.staff("supervisor")
    assert "没有流失预测结果" in html_of(opened(room, supervisor, customer))
    likely_to_leave(room, customer, 0.62, "近三个月消费次数比之前少40%")
    html = html_of(opened(room, supervisor, customer))
    assert "流失可能 62%" in html and "少40%" in html and "了解日常支付习惯的变化" in html
    likely_to_leave(room, customer, None, "开户不久，暂不判断")
    html = html_of(opened(room, supervisor, customer))
    assert "开户不久，暂不判断" in html and "流失可能" not in html and "跟进建议" not in html


def test_a_minors_page_says_what_to_do_without_products(room: World) -> None:
    customer, supervisor = room.customer(), room.staff("supervisor")
    with room.database.transaction() as session:
        session.get_one(Customer, customer.id).birth_date = room.clock().date() - timedelta(days=17 * 365)
    likely_to_leave(room, customer, 0.62, "近三个月消费次数比之前少40%")
    html = html_of(opened(room, supervisor, customer))
    assert UNDER_AGE in html and "介绍" not in html


def test_what_a_manager_exported_was_not_shown_to_the_customer(room: World) -> None:
    customer, supervisor = rich_customer(room), room.staff("supervisor")
    likely_to_leave(room, customer, 0.9, "两个月没有交易")
    with room.database.transaction() as session:
        (row,) = warnings_list.export(session, supervisor, "k1", room.clock())
    assert row.offer is not None
    page = opened(room, supervisor, customer)
    assert page.history.shown == () and "还没有推荐过产品" in html_of(page)


def test_looking_makes_no_impression(room: World) -> None:
    customer = rich_customer(room)
    assert opened(room, room.staff("supervisor"), customer).advice.offers
    with room.look() as session:
        assert session.scalar(select(Recommendation.id)) is None


def test_nothing_is_advised_against_a_complaint_or_an_opt_out(room: World) -> None:
    customer, supervisor = rich_customer(room), room.staff("supervisor")
    room.ticket(customer, "吞卡")
    page = opened(room, supervisor, customer)
    assert page.advice.offers == () and "客户有未办结的投诉" in html_of(page)
    with room.database.transaction() as session:
        session.scalars(select(Ticket)).one().status = "resolved"
    assert opened(room, supervisor, customer).advice.offers
    opts_out(room, customer)
    page = opened(room, supervisor, customer)
    assert page.advice.offers == () and page.person.marketing is False
    assert "客户已拒绝营销推荐" in html_of(page)
