"""What an agent may offer or name on the desk: asked of the domain again when it is sent."""

import uuid
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from integrations.console import desk_actions, desk_offers
from integrations.console.desk_offers import NotVerified, OfferRefused, Prepared
from integrations.console.frame import spoken
from integrations.console.rendering import render
from integrations.crm.bank.catalogue import Product, product_by_code, read_products
from integrations.crm.conversations import repository
from integrations.crm.conversations.errors import CannotSend, NotHolding
from integrations.crm.models import Customer, Holding, Message, Recommendation, Staff, Ticket
from integrations.crm.recommendations.product_card import product_card
from integrations.crm.recommendations.service import RISK_WORDS, Offer
from integrations.crm.recommendations.suitability import Refusal
from tests.console.customers import MARKUP, assessed, opts_out, rated_products, rich_customer
from tests.console.world import World

STATES = ("valid", "expired", "missing", "downgraded")
SHORT_NAMES = (
    "西南稳健债券基金",
    "稳健债券基金",
    "锦江科技创新股票基金",
    "沪深300指数基金",
    "短债基金",
    "稳盈90天",
    "优选混合",
    "进取权益",
    "私享成长",
)


def serving(room: World, customer: Customer | None, *texts: str) -> tuple[Staff, str]:
    agent, public_id = room.staff("agent"), room.conversation(*texts, customer=customer)
    if customer is not None:
        room.verified(public_id)
    room.taken(public_id, agent)
    return agent, public_id


def prepared(room: World, agent: Staff, public_id: str) -> Prepared:
    with room.database.transaction() as session:
        return desk_offers.prepare(session, public_id, agent, room.clock())


def sent(room: World, agent: Staff, public_id: str, choice: Prepared, code: str) -> int:
    with room.database.transaction() as session:
        return desk_offers.send_offer(session, public_id, agent, choice, code, room.clock())


def typed(room: World, agent: Staff, public_id: str, text: str, number: int = 1) -> int:
    with room.database.transaction() as session:
        return desk_actions.answer(session, public_id, agent, text, f"id-{number:08d}", room.clock())


def agents_messages(room: World) -> list[Message]:
    with room.look() as session:
        return list(session.scalars(select(Message).where(Message.sender == "agent").order_by(Message.id)))


def one_offer(product: Product) -> Prepared:
    return Prepared(uuid.uuid4().hex, (Offer(0, product, "理由", RISK_WORDS),))


def impressions(room: World) -> list[Recommendation]:
    with room.look() as session:
        return list(session.scalars(select(Recommendation)))


def test_an_offer_is_sent_once_as_a_card_and_recorded(room: World) -> None:
    customer = rich_customer(room)
    assessed(room, customer, 4)
    agent, public_id = serving(room, customer, "有什么理财推荐")
    choice = prepared(room, agent, public_id)
    assert 1 <= len(choice.offers) <= 3
    assert impressions(room) == []  # the agent's list is not yet shown to anybody
    offer = choice.offers[-1]
    code = offer.product.code
    assert sent(room, agent, public_id, choice, code) == sent(room, agent, public_id, choice, code)
    message = agents_messages(room)[0]
    assert len(agents_messages(room)) == 1
    assert offer.product.name in message.text and offer.reason.rstrip("。") in message.text
    card = message.payload["card"]
    assert (message.kind, card["kind"], card["title"]) == ("card", "product", offer.product.name)
    assert card["rows"] == [list(row) for row in offer.product.terms]
    assert (RISK_WORDS in card.get("note", "")) == (offer.product.risk is not None)
    shown = impressions(room)
    assert [(one.product_code, one.surface, one.place) for one in shown] == [
        (code, "agent", len(choice.offers))
    ]
    assert shown[0].customer_id == customer.id and shown[0].conversation_id == message.conversation_id


def test_every_rated_card_carries_the_words_about_risk() -> None:
    for product in read_products().values():
        note = product_card(product, RISK_WORDS if product.risk else None).get("note", "")
        assert (RISK_WORDS in note) == (product.risk is not None)
        assert ("录音录像" in note) == product.in_person


def test_who_is_offered_nothing(room: World) -> None:
    agent, public_id = serving(room, None, "你好")
    with pytest.raises(NotVerified) as unknown:
        prepared(room, agent, public_id)
    assert "完成核验" in spoken(unknown.value)
    customer = rich_customer(room)
    agent, public_id = serving(room, customer)
    with pytest.raises(NotHolding):
        prepared(room, room.staff("agent"), public_id)
    room.ticket(customer, "吞卡")
    with pytest.raises(OfferRefused) as complaint:
        prepared(room, agent, public_id)
    assert spoken(complaint.value) == "不能推荐产品：客户有未办结的投诉。"
    with room.database.transaction() as session:
        session.scalars(select(Ticket)).one().status = "resolved"
    assert prepared(room, agent, public_id).offers
    opts_out(room, customer)
    with pytest.raises(OfferRefused) as refused:
        prepared(room, agent, public_id)
    assert spoken(refused.value) == "不能推荐产品：客户已拒绝营销推荐。"


def test_who_is_only_known_is_offered_nothing(room: World) -> None:
    """Why a product is offered tells what the customer has: 「您的定期存款3天前已到期」."""
    customer, agent = rich_customer(room), room.staff("agent")
    public_id = room.conversation("有什么推荐", customer=customer)
    room.taken(public_id, agent)
    with pytest.raises(NotVerified):
        prepared(room, agent, public_id)
    room.verified(public_id)
    choice = prepared(room, agent, public_id)
    assert choice.offers
    room.clock.ahead = timedelta(minutes=room.settings.verification_idle_minutes)  # it has ended meanwhile
    with pytest.raises(NotVerified):
        sent(room, agent, public_id, choice, choice.offers[0].product.code)
    assert agents_messages(room) == [] and impressions(room) == []


@pytest.mark.parametrize("happens", ["complaint", "opt_out", "handed_over", "downgraded"])
def test_what_happens_between_offer_and_sending_counts(room: World, happens: str) -> None:
    customer = rich_customer(room)
    assessed(room, customer, 5)
    agent, public_id = serving(room, customer)
    product = rated_products()[5]
    choice, colleague = one_offer(product), room.staff("agent")
    if happens == "complaint":
        room.ticket(customer, "吞卡")
    elif happens == "opt_out":
        opts_out(room, customer)
    elif happens == "downgraded":
        assessed(room, customer, 2)
    else:
        with room.database.transaction() as session:
            conversation = repository.lock_conversation(session, public_id)
            conversation.agent_id = colleague.id
    with pytest.raises(NotHolding if happens == "handed_over" else OfferRefused):
        sent(room, agent, public_id, choice, product.code)
    assert agents_messages(room) == [] and impressions(room) == []


def test_only_prepared_products_are_sent(room: World) -> None:
    customer = rich_customer(room)
    agent, public_id = serving(room, customer)
    choice = prepared(room, agent, public_id)
    for code in ("", "YC-W501", "YC-X999", MARKUP):
        with pytest.raises(ValueError, match="not among"):
            sent(room, agent, public_id, choice, code)
    forged = Prepared("../x", choice.offers)
    with pytest.raises(ValueError, match="not among"):
        sent(room, agent, public_id, forged, choice.offers[0].product.code)
    assert agents_messages(room) == []


def test_a_closed_window_is_told_and_nothing_recorded(room: World) -> None:
    customer, agent = rich_customer(room), room.staff("agent")
    public_id = room.conversation(customer=customer, channel="wechat")
    room.verified(public_id)
    room.taken(public_id, agent)
    choice = prepared(room, agent, public_id)
    with pytest.raises(CannotSend):
        sent(room, agent, public_id, choice, choice.offers[0].product.code)
    assert impressions(room) == []


@pytest.mark.parametrize("state", STATES)
def test_risk_against_tolerance_on_both_ways_of_the_desk(room: World, state: str) -> None:
    """金融机构产品适当性管理办法 [S]: R1–R5 against C1–C5."""
    products = rated_products()
    for level in range(1, 6):
        customer = rich_customer(room)
        if state == "downgraded":
            assessed(room, customer, 5)
        if state != "missing":
            assessed(room, customer, level, valid=timedelta(seconds=-1 if state == "expired" else 900))
        agent, public_id = serving(room, customer)
        shown = prepared(room, agent, public_id).offers
        may = {risk for risk in products if state in ("valid", "downgraded") and risk <= level}
        assert {offer.product.risk for offer in shown} - {None} <= may
        for risk, product in products.items():
            text = f"您可以看看{product.name}"
            ways = (
                partial(sent, room, agent, public_id, one_offer(product), product.code),
                partial(typed, room, agent, public_id, text, 10 * level + risk),
            )
            for way in ways:
                if risk in may:
                    assert way() > 0
                    continue
                with pytest.raises(OfferRefused) as refused:
                    way()
                assert set(refused.value.data["reasons"]) <= {
                    Refusal.TOO_RISKY, Refusal.NOT_ASSESSED, Refusal.ASSESSMENT_EXPIRED,
                }  # fmt: skip
        with room.look() as session:
            conversation = repository.get_conversation(session, public_id)
            stored = session.scalar(
                select(func.count(Message.id)).where(
                    Message.conversation_id == conversation.id, Message.sender == "agent"
                )
            )
        assert stored == 2 * len(may)


def test_a_private_product_is_never_named(room: World) -> None:
    customer = rich_customer(room)
    assessed(room, customer, 5)
    agent, public_id = serving(room, customer, "云川私享成长一号怎么买")
    private = product_by_code("YC-W501")
    assert private is not None and private.private
    for number, text in enumerate(
        (private.name, "云川 私享-成长\u3000一号", "ＹＣ-Ｗ５０１", "私享成长一号")
    ):
        with pytest.raises(OfferRefused) as refused:
            typed(room, agent, public_id, f"您看看{text}吧", number)
        assert Refusal.PRIVATE in refused.value.data["reasons"]
        assert private.name in spoken(refused.value) and "私募" in spoken(refused.value)
    assert agents_messages(room) == []


def test_a_visitor_is_told_of_no_rated_product(room: World) -> None:
    agent, public_id = serving(room, None)
    with pytest.raises(OfferRefused):
        typed(room, agent, public_id, "可以看看云川稳盈90天理财")
    assert typed(room, agent, public_id, "可以办理七天通知存款，也可以问附近网点") > 0


def test_what_the_customer_asked_or_has_may_be_spoken_of(room: World) -> None:
    customer = rich_customer(room)
    room.ticket(customer, "理财赎回慢")
    agent, public_id = serving(room, customer)
    with pytest.raises(OfferRefused):
        typed(room, agent, public_id, "大额存单一年期了解一下吗", 1)
    room.says(public_id, "大额存单一年期还有吗")
    assert typed(room, agent, public_id, "大额存单一年期还有额度", 2) > 0  # an answer, no offer
    risky = rated_products()[5]
    room.says(public_id, f"{risky.name}呢")
    with pytest.raises(OfferRefused):  # asking does not make it suitable
        typed(room, agent, public_id, f"{risky.name}可以买", 3)
    with room.database.transaction() as session:
        session.add(
            Holding(
                customer_id=customer.id,
                product_code=risky.code,
                product_name=risky.name,
                kind=risky.kind,
                amount_fen=100,
                since=room.clock().date() - timedelta(days=400),
                matures_on=room.clock().date() - timedelta(days=3),
            )
        )
    assert typed(room, agent, public_id, f"您的{risky.name}已经到期", 4) > 0


def test_a_sent_text_sent_again_is_no_refusal(room: World) -> None:
    customer = rich_customer(room)
    agent, public_id = serving(room, customer)
    first = typed(room, agent, public_id, "大额存单一年期了解一下吗")
    room.ticket(customer, "吞卡")
    assert typed(room, agent, public_id, "大额存单一年期了解一下吗") == first


@pytest.mark.parametrize("state", ["unassessed", "C1", "complaint", "opt_out"])
def test_short_names_are_names_too(room: World, state: str) -> None:
    customer = rich_customer(room)
    if state != "unassessed":
        assessed(room, customer, 1 if state == "C1" else 5)
    if state == "complaint":
        room.ticket(customer, "吞卡")
    elif state == "opt_out":
        opts_out(room, customer)
    agent, public_id = serving(room, customer)
    for number, name in enumerate(SHORT_NAMES):
        with pytest.raises(OfferRefused):
            typed(room, agent, public_id, f"您可以看看{name}，很多客户选择", number)
    assert agents_messages(room) == []


def test_kinds_of_products_may_be_spoken_of(room: World) -> None:
    customer = rich_customer(room)
    room.ticket(customer, "吞卡")
    agent, public_id = serving(room, customer)
    for number, words in enumerate(("信用卡账单", "定期存款利率", "大额存单", "住房贷款", "基金和理财")):
        assert typed(room, agent, public_id, f"{words}可以在手机银行查询", number) > 0


@pytest.mark.parametrize(
    ("asked", "answer"),
    [("短债基金怎么样", "西南短债基金C随时可以赎回"), ("消费贷款利率多少", "个人消费贷款的利率请看页面")],
)
def test_what_was_asked_by_another_name_may_be_answered(room: World, asked: str, answer: str) -> None:
    customer = rich_customer(room)
    assessed(room, customer, 5)
    opts_out(room, customer)
    agent, public_id = serving(room, customer)
    with pytest.raises(OfferRefused):
        typed(room, agent, public_id, answer)
    room.says(public_id, asked)
    assert typed(room, agent, public_id, answer) > 0


def test_the_panel_escapes_and_names_the_risk(room: World) -> None:
    product = rated_products()[3].model_copy(update={"name": MARKUP, "summary": MARKUP})
    html = render("offers.html", offers=[Offer(1, product, MARKUP, RISK_WORDS)], here="abc")
    assert "<img" not in html and "&lt;img" in html and RISK_WORDS in html and "R3" in html
    assert "没有适合推荐的产品" in render("offers.html", offers=[], here="abc")
