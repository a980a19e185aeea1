"""A bank's CRM that fails, lies or changes: what becomes of it, and what stays out of the logs."""

import gzip
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from integrations.crm.customers import service
from integrations.crm.customers.directory import SqlDirectory
from integrations.crm.customers.directory_choice import make_directory
from integrations.crm.customers.errors import (
    BadDirectoryAnswer,
    DirectoryError,
    DirectoryRefused,
    DirectoryUnavailable,
)
from integrations.crm.customers.rest_client import LARGEST_ANSWER, CrmClient
from integrations.crm.customers.rest_directory import RestDirectory
from integrations.crm.database import Database
from integrations.crm.models import AuditEntry, ContactPoint, Customer
from integrations.crm.settings import Settings
from tests.builders import NOW
from tests.crm.customers.test_directory import LIN, TOKEN, WANG
from tests.fakes.crm_server import FakeCrm, Fault
from tests.fakes.dripping_server import dripping
from tests.fakes.running import serve
from tests.system import SECRET

SECONDS = 5.0
IMPATIENT = 0.6


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[FakeCrm, str]]:
    """A CRM that listens, and its address."""
    crm = FakeCrm(TOKEN)
    with serve(crm.app) as served:
        yield crm, f"{served.base}/v1/"


@pytest.fixture
def fake(running: tuple[FakeCrm, str]) -> FakeCrm:
    """The CRM as new: it knows 林晓雯."""
    crm, _ = running
    crm.forget()
    crm.know(LIN, ("6688",), "oLin")
    return crm


@pytest.fixture
def directory(running: tuple[FakeCrm, str]) -> Iterator[RestDirectory]:
    """The adapter, connected to the fake."""
    client = CrmClient(running[1], TOKEN, seconds=SECONDS)
    yield RestDirectory(client, lambda: NOW)
    client.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A writing session that is committed at the end."""
    with database.transaction() as opened:
        yield opened


def _customers(session: Session) -> int:
    return session.scalar(select(func.count(Customer.id))) or 0


BROKEN: list[tuple[Fault, type[DirectoryError], str]] = [
    (Fault("status", 500, times=9), DirectoryUnavailable, "status_500"),
    (Fault("status", 503, times=9), DirectoryUnavailable, "status_503"),
    (Fault("status", 429, {"Retry-After": "60"}, times=9), DirectoryUnavailable, "status_429"),
    (Fault("hang", times=9), DirectoryUnavailable, "timeout"),
    (Fault("drip", body=b"x" * 400, times=9), DirectoryUnavailable, "timeout"),
    (Fault("reset", times=9), DirectoryUnavailable, "broken_connection"),
    (Fault("status", 401, times=9), DirectoryRefused, "status_401"),
    (Fault("status", 403, times=9), DirectoryRefused, "status_403"),
    (Fault("status", 400, times=9), DirectoryRefused, "status_400"),
    (Fault("status", 404, body=b"<html>nginx</html>", times=9), DirectoryRefused, "status_404"),
    (Fault("status", 404, body=b"[" * 100_000, times=9), DirectoryRefused, "status_404"),
    (Fault("status", 302, {"Location": "http://127.0.0.1:1/"}, times=9), DirectoryRefused, "status_302"),
    (Fault("status", 204, times=9), DirectoryRefused, "status_204"),
    (Fault("body", body=b"<html>sign in</html>", times=9), BadDirectoryAnswer, "shape"),
    (Fault("body", body=b"", times=9), BadDirectoryAnswer, "shape"),
    (Fault("body", body=b"\xff\xfe\x00", times=9), BadDirectoryAnswer, "shape"),
    (Fault("body", body=b"[" * 100_000, times=9), BadDirectoryAnswer, "shape"),
    (Fault("body", body=b" " * (LARGEST_ANSWER + 1), times=9), BadDirectoryAnswer, "too_large"),
    (
        Fault("body", headers={"Content-Encoding": "gzip"}, body=b"not gzip", times=9),
        BadDirectoryAnswer,
        "encoding",
    ),
    (
        Fault("body", headers={"Content-Encoding": "gzip"}, body=gzip.compress(b" " * 9_000_000), times=9),
        BadDirectoryAnswer,
        "encoding",
    ),
]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("fault", "error", "reason"), BROKEN, ids=lambda one: getattr(one, "kind", None))
@pytest.mark.parametrize("how", ["number", "phone"])
def test_faults_are_told_apart_in_time_and_store_nothing(
    running: tuple[FakeCrm, str],
    fake: FakeCrm,
    session: Session,
    fault: Fault,
    error: type[DirectoryError],
    reason: str,
    how: str,
) -> None:
    fake.faults = [Fault(**vars(fault))]
    seconds = IMPATIENT if reason == "timeout" else SECONDS
    directory = RestDirectory(CrmClient(running[1], TOKEN, seconds=seconds), lambda: NOW)
    started = time.monotonic()
    with structlog.testing.capture_logs() as logged, pytest.raises(error) as caught:
        if how == "number":
            directory.by_number(session, "6000000001")
        else:
            directory.by_phone(session, "13900000001")
    assert type(caught.value) is error
    assert caught.value.data["reason"] == reason
    assert time.monotonic() - started < seconds + 1
    directory.close()
    assert _customers(session) == 0
    assert len(logged) == 1
    for secret in ("13900000001", "6000000001", TOKEN, "林晓雯"):
        assert secret not in json.dumps(logged, ensure_ascii=False)
        assert secret not in repr(caught.value.data)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", ["reset", "status"])
def test_only_a_get_is_repeated_after_it_may_have_arrived(
    directory: RestDirectory, fake: FakeCrm, session: Session, kind: str
) -> None:
    fake.faults = [Fault(kind, 502)]
    found = directory.by_number(session, "6000000001")
    assert found is not None
    assert [method for method, _, _ in fake.asked] == ["GET", "GET"]
    fake.asked.clear()
    fake.faults = [Fault(kind, 502)]
    with pytest.raises(DirectoryUnavailable):
        directory.by_phone(session, "13900000001")
    assert [method for method, _, _ in fake.asked] == ["POST"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_search_that_was_turned_away_is_repeated_when_asked_to(
    directory: RestDirectory, fake: FakeCrm, session: Session
) -> None:
    fake.faults = [Fault("status", 503)]
    assert directory.by_phone(session, "13900000001") is not None
    fake.faults = [Fault("status", 429, {"Retry-After": "60"})]
    with pytest.raises(DirectoryUnavailable) as caught:
        directory.by_phone(session, "13900000001")
    assert caught.value.data["retry_after"] == 60
    assert len(fake.asked) == 3  # nobody waits a minute


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("given", ["-5", "soon", "1e9", "٣", "99999999999999999999", ""])
def test_strange_waits_are_ignored(
    directory: RestDirectory, fake: FakeCrm, session: Session, given: str
) -> None:
    fake.faults = [Fault("status", 503, {"Retry-After": given} if given.isascii() else {})]
    assert directory.by_phone(session, "13900000001") is not None


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", 6000000001), ("number", ""), ("number", "6" * 21), ("number", "../1"),
        ("name", None), ("name", ""), ("name", "林\x00雯"), ("name", "林" * 61), ("name", ["林"]),
        ("gender", "F"), ("birth_date", "12.06.1995"), ("birth_date", 0), ("birth_date", "1995-06-31"),
        ("birth_date", "1995-06-12T00:00:00"), ("id_number", "51010419950612"*2), ("id_number", 5),
        ("city", None), ("tier", "gold"), ("joined_on", None), ("phones", None), ("phones", "13900000001"),
        ("phones", [13900000001]), ("phones", ["+8613900000001"]), ("phones", ["13900000001"] * 11),
        ("email", "nobody"), ("email", 1),
    ],
)  # fmt: skip
def test_wrong_types_and_values_are_refused_whole(
    directory: RestDirectory, fake: FakeCrm, session: Session, field: str, value: Any
) -> None:
    body = json.dumps({"customers": [WANG | {"phones": ["13900000001"]}, LIN | {field: value}]}).encode()
    fake.faults = [Fault("body", body=body)]
    with pytest.raises(BadDirectoryAnswer) as caught:
        directory.by_phone(session, "13900000001")
    assert caught.value.data["reason"] == "shape"
    assert field in caught.value.data["fields"][0]
    assert _customers(session) == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("field", [name for name in LIN if name not in ("tier", "email")])
def test_missing_fields_are_refused(
    directory: RestDirectory, fake: FakeCrm, session: Session, field: str
) -> None:
    fake.faults = [Fault("body", body=json.dumps({k: v for k, v in LIN.items() if k != field}).encode())]
    with pytest.raises(BadDirectoryAnswer):
        directory.by_number(session, "6000000001")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_fields_of_later_versions_do_no_harm(
    directory: RestDirectory, fake: FakeCrm, session: Session
) -> None:
    fake.know(LIN | {"risk_appetite": {"level": 3}})
    assert directory.by_number(session, "6000000001") is not None


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_somebody_else_is_never_taken_for_the_caller(
    directory: RestDirectory, fake: FakeCrm, session: Session
) -> None:
    fake.faults = [Fault("body", body=json.dumps({"customers": [WANG]}).encode())]
    with pytest.raises(BadDirectoryAnswer, match="bad_directory_answer"):
        directory.by_phone_and_tail(session, "13900000001", "6688")
    fake.faults = [Fault("body", body=json.dumps(WANG).encode())]
    with pytest.raises(BadDirectoryAnswer):
        directory.by_number(session, "6000000001")
    assert _customers(session) == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_more_than_was_asked_for_is_cut(directory: RestDirectory, fake: FakeCrm, session: Session) -> None:
    many = [LIN | {"number": f"7{n:09d}", "id_number": f"5101041995{n:08d}"} for n in range(30)]
    fake.faults = [Fault("body", body=json.dumps({"customers": many}).encode())]
    assert len(directory.by_card_tail(session, "6688", 7)) == 7
    assert _customers(session) == 7


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_token_and_no_phone_in_an_address(
    running: tuple[FakeCrm, str], directory: RestDirectory, fake: FakeCrm, session: Session
) -> None:
    directory.by_phone_and_tail(session, "13900000001", "6688")
    directory.by_openid(session, "oLin")
    directory.search(session, "林")
    assert all("customers/search" in path and "139" not in path for _, path, _ in fake.asked)
    assert fake.asked[0][2] == {"phone": "13900000001", "card_tail": "6688", "limit": 50}
    stranger = RestDirectory(CrmClient(running[1], "another token"), lambda: NOW)
    with pytest.raises(DirectoryRefused):
        stranger.by_phone(session, "13900000001")
    stranger.close()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("phone", ["", "1390000000", "139000000012", "13900000001\n", "１３９００００００01"])
def test_what_is_no_phone_number_is_not_asked(
    directory: RestDirectory, fake: FakeCrm, session: Session, phone: str
) -> None:
    assert directory.by_phone(session, phone) is None
    assert directory.by_phone_and_tail(session, phone, "6688") is None
    assert directory.by_phone_and_tail(session, "13900000001", "668") is None
    assert list(directory.by_card_tail(session, "66 88")) == []
    assert fake.asked == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_nobody_listens(session: Session) -> None:
    nowhere = RestDirectory(CrmClient("http://127.0.0.1:1/v1", TOKEN, seconds=SECONDS), lambda: NOW)
    with pytest.raises(DirectoryUnavailable) as caught:
        nowhere.by_phone(session, "13900000001")
    assert caught.value.data["reason"] == "unreachable"
    nowhere.close()


def test_changes_of_the_crm_arrive_and_are_audited(
    directory: RestDirectory, fake: FakeCrm, session: Session
) -> None:
    first = directory.by_number(session, "6000000001")
    assert first is not None
    first.tier = "vip"  # computed by us since
    fake.know(LIN | {"city": "昆明", "tier": "standard", "phones": ["13900000099"], "email": None})
    second = directory.by_number(session, "6000000001")
    assert second is first
    assert (second.city, second.tier, service.phone_of(session, second.id)) == ("昆明", "vip", "13900000099")
    assert service.find_by_phone(session, "13900000001") is None
    directory.by_number(session, "6000000001")
    session.flush()
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.action, entry.data["fields"]) for entry in entries] == [
        ("customer.sync", ["customer", "email", "phone"]),
        ("customer.sync", ["city", "email", "phone"]),
    ]
    assert all("139" not in str(entry.data) for entry in entries)
    assert session.scalar(select(func.count(ContactPoint.id))) == 1


def test_an_id_number_of_another_customer_is_refused(
    directory: RestDirectory, fake: FakeCrm, session: Session
) -> None:
    assert directory.by_number(session, "6000000001") is not None
    fake.know(WANG | {"id_number": LIN["id_number"]})
    with pytest.raises(BadDirectoryAnswer) as caught:
        directory.by_number(session, "6000000003")
    assert caught.value.data["reason"] == "id_number_taken"
    fake.know(WANG)
    assert directory.by_number(session, "6000000003") is not None
    fake.know(WANG | {"id_number": LIN["id_number"]})
    with pytest.raises(BadDirectoryAnswer):
        directory.by_number(session, "6000000003")
    assert _customers(session) == 2


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nX-Long: "], ids=["status line", "header"])
def test_an_answer_whose_head_comes_drop_by_drop_is_broken_off_in_time(head: bytes) -> None:
    def ask(place: int) -> float:
        started = time.monotonic()
        with pytest.raises(DirectoryUnavailable) as caught:
            client.customer("6000000001") if place % 2 else client.search({"phone": "13900000001"}, 5)
        assert caught.value.data["reason"] == "timeout"
        return time.monotonic() - started

    with dripping(head) as server, ThreadPoolExecutor(6) as threads:
        client = CrmClient(f"http://127.0.0.1:{server.port}/v1", TOKEN, seconds=IMPATIENT)
        assert max(threads.map(ask, range(12))) < IMPATIENT + 3  # the head would take 50 seconds
        assert [one.name for one in threading.enumerate()].count("crm-client") == 1
        for _ in range(12):  # no connection is left open
            assert server.broken_off.acquire(timeout=5)
        client.close()
    assert "crm-client" not in [one.name for one in threading.enumerate()]


def test_closing_waits_for_the_calls_under_way(running: tuple[FakeCrm, str], fake: FakeCrm) -> None:
    fake.faults = [Fault("hang", body=b"{}")]
    client = CrmClient(running[1], TOKEN, seconds=IMPATIENT)
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(client.search, {"phone": "13900000001"}, 5)
        time.sleep(IMPATIENT / 3)
        client.close()
        with pytest.raises(DirectoryUnavailable):
            asked.result(timeout=1)


def test_first_seen_by_several_at_once(directory: RestDirectory, fake: FakeCrm, database: Database) -> None:
    fake.know(WANG)

    def look(_place: int) -> int:
        with database.transaction() as session:
            found = directory.by_number(session, "6000000003")
            assert found is not None
            return found.id

    with ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(look, range(12)))) == 1
    with database.reading() as session:
        assert _customers(session) == 1
        assert session.scalar(select(func.count(ContactPoint.id))) == 2


def _settings(**changes: object) -> Settings:
    secrets = dict.fromkeys(("customer_token_secret", "bot_secret", "action_secret"), SECRET)
    return Settings(_env_file=None, **secrets, **changes)  # type: ignore[arg-type, call-arg]


def test_the_settings_choose() -> None:
    assert isinstance(make_directory(_settings(), lambda: NOW), SqlDirectory)
    chosen = make_directory(
        _settings(crm_url="https://crm.example.com/v1", crm_token="t"), lambda: NOW + timedelta()
    )
    assert isinstance(chosen, RestDirectory)
    chosen.close()
    assert _settings(crm_url="http://127.0.0.1:9000").crm_url == "http://127.0.0.1:9000"


@pytest.mark.parametrize("url", ["http://crm.example.com", "ftp://crm", "crm.example.com", "https://", ""])
def test_unsafe_addresses_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="crm_url"):
        _settings(crm_url=url)
