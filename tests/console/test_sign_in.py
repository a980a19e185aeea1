"""Signing in under attack: wrong passwords, forged and old cookies, other sites, forced first steps."""

from datetime import timedelta

import httpx
import pyotp
import pytest

from integrations.console import access, wording
from integrations.crm.models import Staff
from tests.console.world import PASSWORD, World


@pytest.fixture(autouse=True)
def clock_back(world: World) -> None:
    """Every test begins at the real time."""
    world.clock.ahead = timedelta()


def sign_in(client: httpx.Client, staff: Staff, password: str = PASSWORD, **more: str) -> httpx.Response:
    return client.post("/console/sign-in", data={"username": staff.username, "password": password, **more})


def test_cookie_is_httponly_strict_and_opaque(world: World) -> None:
    staff = world.staff("agent")
    answer = sign_in(world.client(), staff)
    cookie = answer.headers["set-cookie"].lower()
    assert answer.status_code == 303
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/console" in cookie
    assert staff.username not in cookie


@pytest.mark.parametrize(
    "path", ["/console", "/console/desk", "/console/review", "/console/staff", "/console/audit"]
)
def test_signed_out_is_sent_to_sign_in(world: World, path: str) -> None:
    answer = world.client().get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/console/sign-in")


def test_wrong_password_and_unknown_user_read_the_same(world: World) -> None:
    staff = world.staff("agent")
    wrong = sign_in(world.client(), staff, "wrong-password-1")
    unknown = world.client().post(
        "/console/sign-in", data={"username": "nobody", "password": "wrong-password-1"}
    )
    assert wrong.status_code == unknown.status_code == 401
    assert wording.SIGN_IN_FAILED in wrong.text
    assert wrong.text.replace(staff.username, "nobody") == unknown.text


def test_five_wrong_passwords_lock_also_against_the_right_one(world: World) -> None:
    staff, client = world.staff("agent"), world.client()
    for _ in range(5):
        sign_in(client, staff, "wrong-password-1")
    answer = sign_in(client, staff)
    assert answer.status_code == 401
    assert wording.SIGN_IN_LOCKED[:12] in answer.text
    world.clock.ahead = timedelta(minutes=16)
    assert sign_in(client, staff).status_code == 303


def test_attempts_on_one_name_are_limited(world: World) -> None:
    client = world.client()
    answers = [
        client.post("/console/sign-in", data={"username": "ghost", "password": "x"}).status_code
        for _ in range(12)
    ]
    assert answers[:10] == [401] * 10
    assert answers[10:] == [429, 429]


@pytest.mark.parametrize("token", ["", "x", "0" * 43, "' OR 1=1 --", "%00", "a" * 4000])
def test_forged_cookie_opens_nothing(world: World, token: str) -> None:
    client = world.client()
    client.headers["Cookie"] = f"{access.COOKIE}={token}"
    assert client.get("/console/desk").headers["location"].startswith("/console/sign-in")


def test_stored_hash_is_no_token(world: World) -> None:
    staff = world.staff("agent")
    world.client(staff)
    with world.database.engine.connect() as connection:
        stored = connection.exec_driver_sql("select token_hash from staff_sessions").scalars().all()
    client = world.client()
    for value in stored[:3]:
        client.headers["Cookie"] = f"{access.COOKIE}={value}"
        assert client.get("/console/desk").status_code == 303


def test_session_ends_after_twelve_hours(world: World) -> None:
    client = world.client(world.staff("agent"))
    world.clock.ahead = timedelta(hours=11, minutes=59)
    assert client.get("/console/desk").status_code == 200
    world.clock.ahead = timedelta(hours=12, seconds=1)
    assert client.get("/console/desk").status_code == 303


def test_sign_out_ends_the_session_on_the_server(world: World) -> None:
    client = world.client(world.staff("agent"))
    token = client.cookies[access.COOKIE]
    assert client.post("/console/sign-out").status_code == 303
    client.headers["Cookie"] = f"{access.COOKIE}={token}"
    assert client.get("/console/desk").status_code == 303


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", ""])
@pytest.mark.parametrize(
    "path", ["/console/sign-in", "/console/sign-out", "/console/password", "/console/totp"]
)
def test_posts_from_elsewhere_are_refused(world: World, origin: str, path: str) -> None:
    client = world.client(world.staff("agent"))
    client.headers["Origin"] = origin
    cookie_before = client.cookies[access.COOKIE]
    answer = client.post(path, data={"username": "a", "password": "b", "current": PASSWORD})
    assert answer.status_code == 403
    assert client.cookies[access.COOKIE] == cookie_before
    assert client.get("/console/desk").status_code == 200  # still signed in


def test_large_bodies_are_refused(world: World) -> None:
    answer = world.client().post("/console/sign-in", data={"username": "a", "password": "b" * 70_000})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/console/../x\n", "/other"]
)
def test_next_never_leaves_the_console(world: World, target: str) -> None:
    answer = sign_in(world.client(), world.staff("agent"), next=target)
    assert answer.headers["location"] == "/console"


def test_next_returns_to_the_page_asked_for(world: World) -> None:
    answer = sign_in(world.client(), world.staff("supervisor"), next="/console/review?text=ATM")
    assert answer.headers["location"] == "/console/review?text=ATM"


def test_what_was_typed_comes_back_escaped(world: World) -> None:
    answer = world.client().post(
        "/console/sign-in", data={"username": '"><script>alert(1)</script>', "password": "x"}
    )
    assert "<script>alert" not in answer.text


def test_first_sign_in_must_change_the_password(world: World) -> None:
    staff = world.staff("agent", fresh=True)
    client = world.client()
    assert sign_in(client, staff, staff.one_time).status_code == 303  # type: ignore[attr-defined]
    for path in ("/console/desk", "/console/review"):
        assert client.get(path).headers["location"] == "/console/password"
    form = {"current": staff.one_time, "new": PASSWORD, "repeated": PASSWORD}  # type: ignore[attr-defined]
    assert client.post("/console/password", data=form | {"repeated": "other-password-9"}).status_code == 422
    assert (
        client.post("/console/password", data=form | {"new": "short", "repeated": "short"}).status_code == 422
    )
    assert client.post("/console/password", data=form | {"current": "wrong"}).status_code == 422
    assert client.get("/console/desk").status_code == 303
    assert client.post("/console/password", data=form).status_code == 200
    assert client.get("/console/desk").status_code == 200


def test_second_factor_is_enrolled_and_then_asked_for(world: World) -> None:
    staff = world.staff("agent")
    client = world.client(staff)
    page = client.get("/console/totp").text
    secret = page.split('name="secret" value="')[1].split('"')[0]
    assert "otpauth://totp/" in page
    assert "data:image/svg+xml" in page
    assert client.post("/console/totp", data={"secret": secret, "code": "000000"}).status_code == 422
    code = pyotp.TOTP(secret).at(world.clock())
    assert client.post("/console/totp", data={"secret": secret, "code": code}).status_code == 200
    assert client.post("/console/totp", data={"secret": secret, "code": code}).status_code == 409

    assert wording.SIGN_IN_TOTP in sign_in(world.client(), staff).text
    assert sign_in(world.client(), staff, totp_code=code).status_code == 401  # used already
    world.clock.ahead = timedelta(seconds=60)
    later = pyotp.TOTP(secret).at(world.clock())
    assert sign_in(world.client(), staff, totp_code=later).status_code == 303
