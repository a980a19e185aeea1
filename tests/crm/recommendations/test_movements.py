"""What customers' movements tell the model: what is read, learned, and nothing of the future."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from integrations.crm.bank.catalogue import read_products
from integrations.crm.database import Database
from integrations.crm.models import Transaction
from integrations.crm.recommendations import movement_repository, service
from integrations.crm.recommendations.collaborative import OWN_RECIPE, learn
from integrations.crm.recommendations.explanation import explain
from integrations.crm.recommendations.histories import Movements, all_signals, signals_of, states_before
from integrations.crm.recommendations.movement_kinds import MOVEMENT_NAMES
from integrations.crm.recommendations.ranking import Choice, rank
from integrations.crm.recommendations.rebuild import own_movements
from tests.builders import NOW, make_account, make_card, make_customer
from tests.crm.recommendations.builders import make_product, make_situation
from tests.crm.recommendations.test_collaborative import CODES, NEXT, rows
from tests.crm.recommendations.test_ranking import make_model
from tests.crm.recommendations.test_service import assess

YEAR = NOW - timedelta(days=365)
MOVING = replace(NEXT, movements=1.0)


def move(session, owner, amount_yuan, summary, *, counterparty=None, at=NOW - timedelta(days=40), card=False):
    session.add(
        Transaction(
            account_id=None if card else owner.id,
            card_id=owner.id if card else None,
            occurred_at=at,
            amount_fen=amount_yuan * 100,
            summary=summary,
            counterparty=counterparty,
            channel="app",
        )
    )
    session.flush()


def movements(users: dict[int, dict[str, float]]) -> Movements:
    first = [[made.get(name, np.nan) for name in MOVEMENT_NAMES] for made in users.values()]
    return Movements(np.array(list(users), dtype=np.int64), np.array(first, dtype=np.float32))


@pytest.mark.parametrize(
    ("amount", "summary", "counterparty", "kinds"),
    [
        (9_000, "工资", "锦江机械", {"salary", "salary_8000"}),
        (3_000, "养老金", "社会保险基金管理局", {"pension"}),
        (-2_000, "房租", "房东", {"rent"}),
        (-12_000, "理财申购", "云川银行", {"investment", "investment_10000"}),
        (-300, "消费", "云上酒店", {"travel"}),
        (-1_500, "境外消费", None, {"overseas", "purchase_1000"}),
        (-600, "保费", "某人寿", {"insurance"}),
        (-4_000, "贷款还款", None, {"loan"}),
        (60_000, "转账汇入", "张三", {"received_50000"}),
        (-20, "水费", "市自来水公司", set()),
        (2_000, "理财赎回", None, set()),
    ],
)
def test_what_a_movement_tells(
    database: Database, amount: int, summary: str, counterparty: str | None, kinds: set[str]
) -> None:
    with database.transaction() as session:
        customer, other = make_customer(session), make_customer(session)
        move(session, make_account(session, customer), amount, summary, counterparty=counterparty)
        move(session, make_account(session, other), 30_000, "工资")
        assert movement_repository.moved(session, customer.id, YEAR) == kinds


def test_cards_count_and_old_movements_do_not(database: Database) -> None:
    with database.transaction() as session:
        customer = make_customer(session)
        card = make_card(session, customer, kind="credit")
        account = make_account(session, customer)
        move(session, card, -2_000, "消费", card=True)
        move(session, account, -2_000, "房租", at=YEAR - timedelta(seconds=1))
        move(session, account, 5_000, "工资", at=NOW - timedelta(days=90))
        move(session, account, 5_000, "工资", at=NOW - timedelta(days=60))
        assert movement_repository.moved(session, customer.id, YEAR) == {"purchase_1000", "salary"}
        found = own_movements(session, NOW)
        assert found.users.tolist() == [customer.id]
        made = dict(zip(MOVEMENT_NAMES, found.first[0].tolist(), strict=True))
        assert made["salary"] == (NOW - timedelta(days=90)).date().toordinal()
        assert made["purchase_1000"] == (NOW - timedelta(days=40)).date().toordinal()
        assert np.isnan(made["rent"])


def test_nobody_moved_anything(database: Database) -> None:
    with database.transaction() as session:
        make_customer(session)
        found = own_movements(session, NOW)
        assert found.first.shape == (0, len(MOVEMENT_NAMES))
        assert not found.before(np.array([1]), np.array([9.0])).any()


def test_only_movements_before_the_choice_are_known() -> None:
    known = rows((1, "a", 10.0), (1, "b", 20.0), movements=movements({1: {"rent": 10.0}, 7: {"loan": 1.0}}))
    column = [*CODES, *all_signals(CODES)].index("moved=rent")
    assert states_before(known)[:, [column]].toarray().ravel().tolist() == [0, 1]


def test_a_movement_predicts_what_follows_it() -> None:
    choices = [(user, "a" if user % 2 else "b", 20.0) for user in range(80)]
    paid = {user: {"rent": 10.0} if user % 2 else {"salary": 10.0} for user in range(80)}
    known = rows(*choices, movements=movements(paid))
    model = learn(known, MOVING, day=30, learned_on=date.min)
    assert model.uses_movements
    totals = model.contributions(set(), signals_of(None, None, moved={"rent"}))[1].sum(axis=0)
    assert totals[CODES.index("a")] > 0.9 > 0.1 > totals[CODES.index("b")]
    assert not learn(known, NEXT, day=30, learned_on=date.min).uses_movements


def test_a_weight_between_counts_less() -> None:
    choices = [(user, "a" if user % 2 else "b", 20.0) for user in range(80)]
    known = rows(*choices, movements=movements({user: {"rent": 10.0} for user in range(1, 80, 2)}))
    rent = [*CODES, *all_signals(CODES)].index("moved=rent")
    found = [
        learn(known, replace(OWN_RECIPE, penalty=0.1, movements=weight), day=30, learned_on=date.min)
        for weight in (0.0, 0.5, 1.0)
    ]
    effects = [float(one.weights[rent, CODES.index("a")]) for one in found]
    assert effects[0] == 0 < effects[1] < effects[2]


def test_the_sentence_names_no_movement() -> None:
    model = make_model(("moved=rent", "YC-X001", 0.9), codes=("YC-X001", "YC-X002"))
    situation = make_situation(moved=frozenset({"rent"}))
    choice: Choice = rank(situation, [make_product("YC-X001")], model, limit=1)[0]
    assert choice.because == "moved"
    assert explain(choice) == "结合您近一年的收支情况，可以先了解一下这款理财产品"


def test_the_service_looks_at_movements_where_the_model_does(database: Database) -> None:
    codes = tuple(read_products())
    model = make_model(("moved=rent", "YC-F301", 0.9), codes=codes)
    with database.transaction() as session:
        customer = make_customer(session)
        account = make_account(session, customer, balance_fen=10_000_000)
        assess(session, customer, 2)
        move(session, account, -2_000, "房租")
        offer = service.recommend(
            session, customer.id, now=NOW, surface="bot", source_key="t", model=model, kinds=["fund"]
        )[0]
        assert (offer.product.code, offer.reason) == (
            "YC-F301",
            "结合您近一年的收支情况，可以先了解一下这款基金产品",
        )
