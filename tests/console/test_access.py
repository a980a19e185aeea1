"""Roles on pages, images and sockets; headers."""

import io

import httpx
import pytest
from PIL import Image
from sqlalchemy import select
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from integrations.console import access
from integrations.crm.models import Attachment, AuditEntry
from tests.console.world import World

ALLOWED = {
    "agent": {"desk", "customers", "warnings"},
    "supervisor": {"desk", "customers", "warnings", "review", "audit"},
    "admin": {"customers", "warnings", "staff", "audit"},
}


@pytest.mark.parametrize("role", ALLOWED)
@pytest.mark.parametrize("room", access.ROOMS)
def test_pages_by_role(world: World, role: str, room: str) -> None:
    answer = world.client(world.staff(role)).get(f"/console/{room}")
    assert answer.status_code == (200 if room in ALLOWED[role] else 403)


@pytest.mark.parametrize("role", ["agent", "admin"])
def test_transcripts_are_for_supervisors(world: World, role: str) -> None:
    public_id = world.conversation("你好")
    answer = world.client(world.staff(role)).get(f"/console/review/{public_id}")
    assert answer.status_code == 403
    assert "你好" not in answer.text


def test_reading_a_transcript_is_audited_and_searching_is_not(world: World) -> None:
    supervisor, public_id = world.staff("supervisor"), world.conversation("流水对不上")
    client = world.client(supervisor)
    assert client.get("/console/review?text=流水").status_code == 200
    assert read_entries(world, public_id) == []
    assert client.get(f"/console/review/{public_id}").status_code == 200
    assert read_entries(world, public_id) == [f"staff:{supervisor.username}"]


def read_entries(world: World, public_id: str) -> list[str]:
    with world.look() as session:
        query = select(AuditEntry.actor).where(
            AuditEntry.action == "conversation.read", AuditEntry.target_id == public_id
        )
        return list(session.scalars(query))


def test_unknown_transcript_is_404(world: World) -> None:
    assert world.client(world.staff("supervisor")).get(f"/console/review/{'0' * 32}").status_code == 404


@pytest.mark.parametrize(
    "query", ["since=gestern", "until=2026-13-01", "since=0001-01-01", "until=9999-12-31"]
)
@pytest.mark.parametrize("room", ["review", "audit"])
def test_bad_dates_are_said_and_harmless(world: World, room: str, query: str) -> None:
    answer = world.client(world.staff("supervisor")).get(f"/console/{room}?{query}")
    assert answer.status_code == 200
    assert "日期格式不正确" in answer.text


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 10, 10)).save(out, "PNG")
    return out.getvalue()


def attached(world: World, public_id: str) -> str:
    world.says(public_id, "", picture())
    with world.look() as session:
        return session.scalars(select(Attachment.public_id).order_by(Attachment.id.desc())).first() or ""


def image_status(client: httpx.Client, attachment: str) -> int:
    return client.get(f"/console/images/{attachment}").status_code


def test_images_are_for_staff_who_may_see_the_conversation(world: World) -> None:
    public_id = world.conversation("看图")
    attachment = attached(world, public_id)
    holder, other, supervisor, admin = (
        world.client(world.staff(role)) for role in ("agent", "agent", "supervisor", "admin")
    )
    assert image_status(world.client(), attachment) == 401
    assert image_status(other, attachment) == 404  # the bot holds it
    world.wants_person(public_id)
    assert image_status(other, attachment) == 200
    taker = world.staff("agent")
    world.taken(public_id, taker)
    answer = world.client(taker).get(f"/console/images/{attachment}")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert image_status(holder, attachment) == 404
    assert image_status(supervisor, attachment) == 200
    assert image_status(admin, attachment) == 404
    assert image_status(supervisor, "0" * 32) == 404


def test_live_socket_needs_session_and_own_origin(world: World) -> None:
    url = world.base.replace("http", "ws") + "/console/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    token = world.client(world.staff("agent")).cookies[access.COOKIE]
    cookie = {"Cookie": f"{access.COOKIE}={token}"}
    for headers, origin in (({}, world.base), (cookie, "https://evil.example"), (cookie, None)):
        with (
            pytest.raises(InvalidStatus),
            connect(url, additional_headers=headers, origin=origin, proxy=None),
        ):
            pass
    with connect(url, additional_headers=cookie, origin=world.base, proxy=None) as socket:
        assert str(socket.recv()).startswith("0")


def test_pages_cannot_be_framed_or_cached(world: World) -> None:
    answer = world.client(world.staff("agent")).get("/console/desk")
    assert answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


def test_switched_off_account_is_out_at_once(world: World) -> None:
    staff = world.staff("agent")
    client = world.client(staff)
    with world.database.transaction() as session:
        session.merge(staff).active = False
    assert client.get("/console/desk").status_code == 303
