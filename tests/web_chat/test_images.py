"""Images: by content, without metadata, one's own only; and files that pretend."""

import io
import struct
import time
import zlib

import pytest
from PIL import Image

from tests.web_chat.client import Rest
from tests.web_chat.server import ChatServer


def _image(kind: str = "PNG", size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **options)
    return out.getvalue()


def _bomb(side: int = 30_000) -> bytes:
    """A PNG of a few kilobytes that decodes to 900 million pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (side // 8 + 1) * 400)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_an_image_becomes_a_message_that_its_owner_can_fetch(server: ChatServer, kind: str) -> None:
    with Rest(server, server.session()) as chat:
        response = chat.upload(_image(kind))
        assert (response.status_code, response.json()) == (202, {"seq": 1, "duplicate": False})
        message = chat.after()[0]
        assert (message["kind"], message["from"], message["id"]) == ("image", "customer", "picture-1")
        fetched = chat.http.get(message["image"])
    assert fetched.headers["content-type"] == f"image/{kind.lower()}"
    assert Image.open(io.BytesIO(fetched.content)).size == (40, 30)


def test_nobody_else_can_fetch_it(server: ChatServer) -> None:
    with Rest(server, server.session()) as chat, Rest(server, server.session()) as other:
        chat.upload(_image())
        path = chat.after()[0]["image"]
        assert other.http.get(path).status_code == 404
        own_path = path.replace(chat.conversation, other.conversation)
        assert other.http.get(own_path).json()["error"] == "image_not_found"


def test_where_it_was_taken_is_not_kept(server: ChatServer) -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    exif[0x0112] = 6  # turned by 90°
    data = _image("JPEG", exif=exif, comment=b"secret comment") + b"secret trailer <script>"
    with Rest(server, server.session()) as chat:
        assert chat.upload(data).status_code == 202
        stored = chat.http.get(chat.after()[0]["image"]).content
    assert b"secret" not in stored
    assert Image.open(io.BytesIO(stored)).size == (30, 40)
    assert [path.suffix for path in server.settings.upload_folder.iterdir()] == [".jpg"]


def test_the_same_id_again_stores_one_image(server: ChatServer) -> None:
    with Rest(server, server.session()) as chat:
        answers = [chat.upload(_image()).json() for _ in range(3)]
    assert answers == [{"seq": 1, "duplicate": False}] + [{"seq": 1, "duplicate": True}] * 2
    assert len(list(server.settings.upload_folder.iterdir())) == 1


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"<html><script>alert(1)</script></html>", 415, "image_type"),
        (b"", 415, "image_type"),
        (b"GIF89a" + b"\0" * 100, 415, "image_type"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', 415, "image_type"),
        (b"\x89PNG\r\n\x1a\n<html><script>alert(1)</script>", 422, "image_broken"),
        (_image()[:60], 422, "image_broken"),
        (_image("JPEG")[:200], 422, "image_broken"),
        (_bomb(), 422, "image_dimensions"),
        (_bomb(8_000), 422, "image_dimensions"),
    ],
)
def test_what_only_pretends_to_be_an_image(server: ChatServer, data: bytes, status: int, code: str) -> None:
    started = time.monotonic()
    with Rest(server, server.session()) as chat:
        response = chat.upload(data, "photo.png")
        assert (response.status_code, response.json()["error"]) == (status, code)
        assert chat.after() == []
    assert time.monotonic() - started < 5
    assert not server.settings.upload_folder.exists()


@pytest.mark.parametrize("server", [{"upload_limit_bytes": 100_000}], indirect=True)
def test_a_file_over_the_limit_is_refused_before_it_is_read(server: ChatServer) -> None:
    with Rest(server, server.session()) as chat:
        for size in (100_001, 3_000_000):
            response = chat.upload(_image() + b"\0" * size)
            assert (response.status_code, response.json()["error"]) == (413, "image_too_big")
        assert "0.1MB" not in response.json()["message"] or response.json()["message"].endswith("。")


def test_a_form_without_a_file_or_with_a_bad_id_is_named(server: ChatServer) -> None:
    with Rest(server, server.session()) as chat:
        empty = chat.http.post(f"{chat.path}/images", data={"id": "m-1"})
        strange = chat.upload(_image(), message_id="../../etc")
        broken = chat.http.post(
            f"{chat.path}/images", content=b"xx", headers={"Content-Type": "multipart/form-data; boundary=b"}
        )
    assert [(r.status_code, r.json()["error"]) for r in (empty, strange, broken)] == [
        (422, "bad_request")
    ] * 3


@pytest.mark.parametrize("server", [{"messages_per_minute": 2}], indirect=True)
def test_images_count_as_messages(server: ChatServer) -> None:
    with Rest(server, server.session()) as chat:
        statuses = [chat.upload(_image(), message_id=f"p-{i}").status_code for i in range(3)]
    assert statuses == [202, 202, 429]
