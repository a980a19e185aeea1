"""Signing in: passwords, locks, second factor, sessions."""

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from integrations.crm.audit.service import entries
from integrations.crm.database import Database
from integrations.crm.models import Staff, StaffSession
from integrations.crm.staff import passwords, service
from integrations.crm.staff.sign_in import SignIn, sign_in, sign_out, staff_of_token
from tests.builders import NOW

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SECOND = timedelta(seconds=1)


@pytest.fixture
def password(database: Database) -> str:
    """The one-time password of the agent `xiaoli`."""
    with database.transaction() as session:
        _, made = service.create_staff(
            session, username="xiaoli", display_name="小李", role="agent", actor="staff:admin", now=NOW
        )
    return made


def attempt(database: Database, password: str, at: timedelta = SECOND, code: str | None = None) -> SignIn:
    with database.transaction() as session:
        return sign_in(session, "xiaoli", password, now=NOW + at, totp_code=code)


def test_the_first_sign_in(database: Database, password: str) -> None:
    done = attempt(database, password)
    assert done.status == "ok"
    assert done.staff is not None
    assert done.staff.must_change_password
    assert done.token is not None
    assert done.token not in repr(done)
    with database.reading() as session:
        person = staff_of_token(session, done.token, NOW + SECOND)
        assert person is not None
        assert person.username == "xiaoli"
        (stored,) = session.scalars(select(StaffSession))
        assert stored.token_hash != done.token
        assert len(stored.token_hash) == 64
        assert staff_of_token(session, "guess", NOW) is None


def test_a_session_ends_after_twelve_hours(database: Database, password: str) -> None:
    token = attempt(database, password, timedelta()).token
    assert token is not None
    with database.reading() as session:
        assert staff_of_token(session, token, NOW + timedelta(hours=12) - SECOND) is not None
        assert staff_of_token(session, token, NOW + timedelta(hours=12)) is None
    attempt(database, password, timedelta(hours=13))
    with database.reading() as session:
        assert len(session.scalars(select(StaffSession)).all()) == 1


def test_sign_out(database: Database, password: str) -> None:
    token = attempt(database, password).token
    assert token is not None
    with database.transaction() as session:
        sign_out(session, token, now=NOW)
        sign_out(session, token, now=NOW)
    with database.reading() as session:
        assert staff_of_token(session, token, NOW) is None
        assert len(entries(session, action="staff.sign_out")) == 1


def test_five_wrong_attempts_lock_for_fifteen_minutes(database: Database, password: str) -> None:
    for _ in range(4):
        assert attempt(database, "wrong").status == "invalid"
    locked = attempt(database, "wrong")
    assert locked.status == "locked"
    assert locked.locked_until == NOW + SECOND + timedelta(minutes=15)
    assert attempt(database, password, timedelta(minutes=15)).status == "locked"
    assert attempt(database, password, timedelta(minutes=15) + SECOND).status == "ok"
    with database.reading() as session:
        assert len(entries(session, action="staff.sign_in_failed")) == 5
        assert len(entries(session, action="staff.locked")) == 1


def test_a_right_password_forgets_the_wrong_ones(database: Database, password: str) -> None:
    for _ in range(2):
        for _ in range(4):
            assert attempt(database, "wrong").status == "invalid"
        assert attempt(database, password).status == "ok"


def test_unknown_users_cost_the_same_work(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str | None] = []
    real = passwords.verify

    def counting(password_hash: str | None, password: str) -> bool:
        checked.append(password_hash)
        return real(password_hash, password)

    monkeypatch.setattr(passwords, "verify", counting)
    with database.transaction() as session:
        assert sign_in(session, "nobody", "whatever", now=NOW).status == "invalid"
    assert checked == [None]


def test_a_switched_off_account(database: Database, password: str) -> None:
    token = attempt(database, password).token
    assert token is not None
    with database.transaction() as session:
        service.set_active(session, service.get_staff(session, "xiaoli"), False, actor="staff:admin", now=NOW)
    assert attempt(database, password).status == "invalid"
    with database.reading() as session:
        assert staff_of_token(session, token, NOW) is None


def test_each_code_of_the_second_factor_counts_once(database: Database, password: str) -> None:
    totp = pyotp.TOTP(SECRET)
    enrolled = NOW - timedelta(minutes=5)
    with database.transaction() as session:
        staff = service.get_staff(session, "xiaoli")
        service.enrol_totp(session, staff, secret=SECRET, code=totp.at(enrolled), now=enrolled)
    code = totp.at(NOW)
    assert attempt(database, password).status == "totp_required"
    assert attempt(database, password, code="000000").status == "invalid"
    assert attempt(database, "wrong", code=code).status == "invalid"
    assert attempt(database, password, code=f"{code[:3]} {code[3:]}").status == "ok"
    assert attempt(database, password, code=code).status == "invalid"
    next_step = timedelta(seconds=30)
    assert attempt(database, password, next_step, totp.at(NOW + next_step)).status == "ok"


@pytest.mark.parametrize(("drift", "status"), [(-60, "invalid"), (-30, "ok"), (30, "ok"), (60, "invalid")])
def test_a_clock_may_be_one_step_off(database: Database, password: str, drift: int, status: str) -> None:
    with database.transaction() as session:
        service.get_staff(session, "xiaoli").totp_secret = SECRET
    code = pyotp.TOTP(SECRET).at(NOW + timedelta(seconds=drift))
    assert attempt(database, password, timedelta(), code).status == status


def test_wrong_codes_lock_too(database: Database, password: str) -> None:
    with database.transaction() as session:
        service.get_staff(session, "xiaoli").totp_secret = SECRET
    states = [attempt(database, password, code="000000").status for _ in range(5)]
    assert states == ["invalid"] * 4 + ["locked"]


def test_the_password_is_stored_as_argon2id(database: Database, password: str) -> None:
    with database.reading() as session:
        (staff,) = session.scalars(select(Staff))
        assert staff.password_hash.startswith("$argon2id$")
        assert password not in str(entries(session))
