"""Only the bot may call actions, and malformed calls are told so."""

import json
import zlib
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from integrations.gateway.action_endpoint import SECRET_HEADER, make_router

SECRET = "s" * 40


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(make_router(SECRET))
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize("secret", ["", "wrong", "ß"])
def test_without_the_secret_nothing_runs(client: TestClient, secret: str) -> None:
    headers = {SECRET_HEADER: secret.encode()} if secret else {}
    assert client.post("/actions", headers=headers, json={"next_action": "action_x"}).status_code == 401


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"text"', b'{"next_action": 7}', b"\xff\xfe", b'{"sender_id": "a"}']
)
def test_a_malformed_call_is_refused(client: TestClient, body: bytes) -> None:
    assert client.post("/actions", headers={SECRET_HEADER: SECRET}, content=body).status_code == 400


def test_a_bomb_is_not_inflated(client: TestClient) -> None:
    headers = {SECRET_HEADER: SECRET, "Content-Encoding": "deflate"}
    bomb = zlib.compress(b"0" * 100_000_000)
    assert client.post("/actions", headers=headers, content=bomb).status_code == 400


def test_an_unknown_action_is_404_also_when_compressed(client: TestClient) -> None:
    call = {"next_action": "action_nobody_wrote", "sender_id": "a", "tracker": {}, "domain": {"intents": []}}
    headers = {SECRET_HEADER: SECRET, "Content-Encoding": "deflate"}
    response = client.post("/actions", headers=headers, content=zlib.compress(json.dumps(call).encode()))
    assert response.status_code == 404
