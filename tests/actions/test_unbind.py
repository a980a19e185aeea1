"""Bound by a verification, unbound on request."""

from integrations.crm.customers.identity import bound_customer_id
from integrations.crm.database import Database
from integrations.crm.models import Customer
from tests.actions.conftest import Start, verify
from tests.actions.dialogue import Dialogue


def bound(database: Database, user: str = "o-1") -> int | None:
    with database.reading() as session:
        return bound_customer_id(session, "wechat", "default", user)


def test_a_verification_on_wechat_binds_until_it_is_unbound(
    start: Start, database: Database, customer: Customer
) -> None:
    phone = start(user="o-1", channel="wechat")
    verify(phone)
    assert bound(database) == customer.id
    assert "已解除绑定" in phone.say("公众号解绑", "unbind").text
    assert bound(database) is None
    assert "先核实身份" in phone.say("查余额", "balance").text


def test_who_is_not_bound_hears_so(start: Start, database: Database, customer: Customer) -> None:
    assert "没有绑定" in start(user="o-1", channel="wechat").say("公众号解绑", "unbind").text
    assert bound(database) is None


def test_a_browser_is_not_remembered_but_can_be_forgotten(visitor: Dialogue, database: Database) -> None:
    verify(visitor)
    with database.reading() as session:
        assert bound_customer_id(session, "web", "default", "visitor") is None
    assert "已解除绑定" in visitor.say("退出登录", "unbind").text
    assert "先核实身份" in visitor.say("查余额", "balance").text


def test_whom_the_banks_site_names_signs_out_there(start: Start, customer: Customer) -> None:
    named = start(customer, user="customer:C0001")
    assert "退出网站登录" in named.say("解除绑定", "unbind").text
    assert "末四位" in named.say("查余额", "balance").text
