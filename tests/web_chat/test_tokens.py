"""Who a token names, and every way it can be wrong."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import jwt
import pytest

from integrations.web_chat.errors import ChatError
from integrations.web_chat.tokens import Holder, issue_visitor_token, read_token
from tests.web_chat.server import CUSTOMER, SECRET, ChatServer, chat_settings

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
CLAIMS = {"sub": CUSTOMER, "aud": "qiantai", "exp": int((NOON + timedelta(hours=1)).timestamp())}


def _sign(claims: dict[str, object], key: str = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, key, algorithm=algorithm)


def _unsigned(claims: dict[str, object]) -> str:
    parts = [{"alg": "none", "typ": "JWT"}, claims]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, ""])


def test_a_bank_token_names_the_customer(tmp_path: Path) -> None:
    found = read_token(_sign(CLAIMS), chat_settings(tmp_path), NOON)
    assert found == Holder(f"customer:{CUSTOMER}", CUSTOMER)


def test_a_visitor_token_never_names_a_customer(tmp_path: Path) -> None:
    settings = chat_settings(tmp_path)
    found = read_token(issue_visitor_token(settings, NOON, "v-1"), settings, NOON)
    assert found == Holder("v-1", None)


def test_a_token_ends_to_the_second(tmp_path: Path) -> None:
    settings = chat_settings(tmp_path)
    ends = datetime.fromtimestamp(CLAIMS["exp"], UTC)  # type: ignore[arg-type]
    assert read_token(_sign(CLAIMS), settings, ends - timedelta(seconds=1)).customer_number == CUSTOMER
    with pytest.raises(ChatError) as refused:
        read_token(_sign(CLAIMS), settings, ends)
    assert (refused.value.code, refused.value.status_code) == ("token_expired", 401)


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (_sign(CLAIMS, key="another secret that is long enough"), "token_invalid"),
        (_sign({**CLAIMS, "aud": "another-app"}), "token_invalid"),
        (_sign({k: v for k, v in CLAIMS.items() if k != "exp"}), "token_invalid"),
        (_sign({k: v for k, v in CLAIMS.items() if k != "aud"}), "token_invalid"),
        (_sign({k: v for k, v in CLAIMS.items() if k != "sub"}), "token_invalid"),
        (_sign({**CLAIMS, "sub": ""}), "token_invalid"),
        (_sign({**CLAIMS, "exp": "tomorrow"}), "token_invalid"),
        (_sign({**CLAIMS, "nbf": CLAIMS["exp"]}), "token_invalid"),
        (_sign({**CLAIMS, "exp": int((NOON + timedelta(hours=25)).timestamp())}), "token_too_long"),
        (_sign(CLAIMS, key=SECRET + "y" * 40, algorithm="HS512"), "token_invalid"),
        (_unsigned(CLAIMS), "token_invalid"),
        (_sign(CLAIMS)[:-3], "token_invalid"),
        ("", "token_invalid"),
        ("not.a.token", "token_invalid"),
        ("令牌", "token_invalid"),
    ],
)
def test_wrong_tokens_are_refused(tmp_path: Path, token: str, code: str) -> None:
    with pytest.raises(ChatError) as refused:
        read_token(token, chat_settings(tmp_path), NOON)
    assert (refused.value.code, refused.value.status_code) == (code, 401)


def test_a_session_with_a_bank_token_is_known_and_resumed(server: ChatServer) -> None:
    first = server.session(bank_token=server.bank_token())
    again = server.session(bank_token=server.bank_token())
    assert first["known"] is True
    assert again["conversation"] == first["conversation"]


def test_a_visitor_is_resumed_by_the_token_and_unknown(server: ChatServer) -> None:
    first = server.session()
    again = server.session(token=first["token"])
    assert (first["known"], first["holder"], first["messages"]) == (False, "bot", [])
    assert again["conversation"] == first["conversation"]
    assert server.session()["conversation"] != first["conversation"]


@pytest.mark.parametrize("field", ["token", "bank_token"])
def test_a_forged_token_opens_nothing(server: ChatServer, field: str) -> None:
    forged = server.bank_token(key="z" * 40)
    response = httpx.post(f"{server.base}/chat/sessions", json={field: forged}, trust_env=False)
    assert response.status_code == 401
    assert response.json() == {"error": "token_invalid", "message": "登录凭证无效，请重新打开聊天窗口。"}


def test_a_number_the_bank_does_not_have_is_refused(server: ChatServer) -> None:
    body = {"bank_token": server.bank_token("YC9999")}
    response = httpx.post(f"{server.base}/chat/sessions", json=body, trust_env=False)
    assert (response.status_code, response.json()["error"]) == (401, "customer_not_found")
