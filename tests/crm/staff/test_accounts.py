"""Accounts: creating, passwords, roles, the first admin."""

import pyotp
import pytest

from integrations.crm.audit.service import entries
from integrations.crm.database import Database
from integrations.crm.staff import passwords, service, totp
from integrations.crm.staff.errors import (
    BadUsername,
    Forbidden,
    LastAdmin,
    StaffNotFound,
    UnknownRole,
    UsernameTaken,
    WeakPassword,
    WrongPassword,
    WrongTotp,
)
from integrations.crm.staff.sign_in import sign_in, staff_of_token
from tests.builders import NOW, make_staff

ADMIN = "staff:admin"


def test_create(database: Database) -> None:
    with database.transaction() as session:
        staff, password = service.create_staff(
            session, username=" XiaoLi ", display_name="小李", role="agent", actor=ADMIN, now=NOW
        )
        assert (staff.username, staff.must_change_password) == ("xiaoli", True)
        assert len(password) == 16
        assert service.get_staff(session, "XIAOLI") is staff
        assert list(service.list_staff(session)) == [staff]
        assert [entry.action for entry in entries(session)] == ["staff.create"]
        with pytest.raises(StaffNotFound):
            service.get_staff(session, "nobody")


@pytest.mark.parametrize(
    ("username", "role", "error"),
    [
        ("x", "agent", BadUsername),
        ("小李", "agent", BadUsername),
        ("a b", "agent", BadUsername),
        ("a" * 41, "agent", BadUsername),
        ("1abc", "agent", BadUsername),
        ("xiaoli", "boss", UnknownRole),
        ("Taken", "agent", UsernameTaken),
    ],
)
def test_what_is_refused(database: Database, username: str, role: str, error: type[Exception]) -> None:
    with database.transaction() as session:
        make_staff(session, "taken")
        with pytest.raises(error):
            service.create_staff(session, username=username, display_name="", role=role, actor=ADMIN, now=NOW)
        assert len(service.list_staff(session)) == 1


def test_random_passwords_differ_and_keep_the_rules() -> None:
    made = {passwords.random_password() for _ in range(100)}
    assert len(made) == 100
    for password in made:
        passwords.check_rules(password, current=None, username="xiaoli")


def test_change_password(database: Database) -> None:
    with database.transaction() as session:
        staff, old = service.create_staff(
            session, username="xiaoli", display_name="小李", role="agent", actor=ADMIN, now=NOW
        )
        kept, ended = (sign_in(session, "xiaoli", old, now=NOW).token for _ in range(2))
        assert kept is not None
        assert ended is not None
    new = "long enough 1"
    with database.transaction() as session:
        # `staff` belongs to the transaction before, as at the edges.
        service.change_password(session, staff, current=old, new=new, now=NOW, keep_token=kept)
    with database.transaction() as session:
        assert staff_of_token(session, kept, NOW) is not None
        assert staff_of_token(session, ended, NOW) is None
        assert sign_in(session, "xiaoli", old, now=NOW).status == "invalid"
        done = sign_in(session, "xiaoli", new, now=NOW)
        assert done.staff is not None
        assert not done.staff.must_change_password


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ("short 123", "too_short"),
        ("x" * 129, "too_long"),
        ("current password", "same"),
        ("my-XiaoLi-2026", "contains_username"),
    ],
)
def test_weak_passwords(database: Database, new: str, reason: str) -> None:
    current = "current password"
    with database.transaction() as session:
        staff = make_staff(session, password_hash=passwords.hash_password(current))
        with pytest.raises(WeakPassword) as caught:
            service.change_password(session, staff, current=current, new=new, now=NOW)
        assert caught.value.data["reason"] == reason
        with pytest.raises(WrongPassword):
            service.change_password(session, staff, current="guess", new="long enough 1", now=NOW)


def test_reset_password_lifts_a_lock(database: Database) -> None:
    with database.transaction() as session:
        staff, _ = service.create_staff(
            session, username="xiaoli", display_name="小李", role="agent", actor=ADMIN, now=NOW
        )
        for _ in range(5):
            sign_in(session, "xiaoli", "wrong", now=NOW)
        password = service.reset_password(session, staff, actor=ADMIN, now=NOW)
        assert staff.must_change_password
        assert sign_in(session, "xiaoli", password, now=NOW).status == "ok"


def test_the_second_factor_is_proved_before_it_counts(database: Database) -> None:
    secret = totp.new_secret()
    with database.transaction() as session:
        staff = make_staff(session)
        with pytest.raises(WrongTotp):
            service.enrol_totp(session, staff, secret=secret, code="000 000", now=NOW)
        assert staff.totp_secret is None
        service.enrol_totp(session, staff, secret=secret, code=pyotp.TOTP(secret).at(NOW), now=NOW)
        assert staff.totp_secret == secret
        service.remove_totp(session, staff, actor=ADMIN, now=NOW)
        assert (staff.totp_secret, staff.totp_last_step) == (None, None)
    assert totp.provisioning_uri(secret, "xiaoli", "云川银行").startswith("otpauth://totp/")


def test_the_first_admin_is_made_once(database: Database) -> None:
    with database.transaction() as session:
        password = service.ensure_first_admin(session, NOW)
        assert password is not None
        assert service.ensure_first_admin(session, NOW) is None
        done = sign_in(session, "admin", password, now=NOW)
        assert done.staff is not None
        service.require_role(done.staff, "admin")


def test_the_last_admin_stays(database: Database) -> None:
    with database.transaction() as session:
        first = make_staff(session, "first", "admin")
        with pytest.raises(LastAdmin):
            service.set_active(session, first, False, actor=ADMIN, now=NOW)
        second = make_staff(session, "second", "admin")
        service.set_active(session, first, False, actor=ADMIN, now=NOW)
        with pytest.raises(LastAdmin):
            service.set_active(session, second, False, actor=ADMIN, now=NOW)
        service.set_active(session, first, True, actor=ADMIN, now=NOW)
        service.set_active(session, second, False, actor=ADMIN, now=NOW)


def test_roles(database: Database) -> None:
    with database.transaction() as session:
        agent = make_staff(session)
        service.require_role(agent, "agent", "supervisor")
        with pytest.raises(Forbidden) as caught:
            service.require_role(agent, "supervisor", "admin")
        assert caught.value.data == {"needed": ["supervisor", "admin"]}
        with pytest.raises(Forbidden):
            service.require_role(make_staff(session, "off", active=False), "agent")
