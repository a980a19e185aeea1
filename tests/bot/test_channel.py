"""The channel's contract, on a real Rasa agent with a small model, a real store and a real action server."""

from __future__ import annotations

import asyncio
import json
import pathlib
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import sqlalchemy
from rasa.core.agent import Agent
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.model_training import train
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig
from sanic import Sanic

from bot.channels import log_privacy, remote_action
from bot.channels.qiantai import QiantaiChannel
from bot.channels.tracker_store import StrictSqlTrackerStore

pytestmark = pytest.mark.model
SECRET = "a-secret-of-the-test"
CONFIG = """
recipe: default.v1
language: zh
assistant_id: test
pipeline:
  - name: bot.nlu.normalizer.ChineseNormalizer
  - name: KeywordIntentClassifier
  - name: bot.nlu.entities.BankEntityExtractor
policies:
  - name: RulePolicy
    core_fallback_threshold: 0.3
    enable_fallback_prediction: true
"""
DOMAIN = """
version: "3.1"
intents: [greet, balance, thank, cancel]
entities: [amount, date_range, product_line]
session_config: {session_expiration_time: 30, carry_over_slots_to_new_session: false}
responses:
  utter_greet: [{text: 您好, buttons: [{title: 查余额, payload: 查余额}]}]
  utter_default: [{text: 没听懂}]
actions: [action_balance, action_silent, action_loop]
"""
DATA = """
version: "3.1"
nlu:
  - {intent: greet, examples: "- 你好"}
  - {intent: balance, examples: "- 查余额"}
  - {intent: thank, examples: "- 谢谢"}
  - {intent: cancel, examples: "- 循环"}
rules:
  - {rule: greet, steps: [{intent: greet}, {action: utter_greet}]}
  - {rule: balance, steps: [{intent: balance}, {action: action_balance}]}
  - {rule: silent, steps: [{intent: thank}, {action: action_silent}]}
"""


class ActionServer(ThreadingHTTPServer):
    """Answers action calls with what the test has put into ``answers``."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.body, self.delay, self.calls = 200, b'{"events": [], "responses": []}', 0.0, 0

    def says(self, *responses: dict[str, Any]) -> None:
        """Make every action speak."""
        self.status = 200
        self.body = json.dumps({"events": [], "responses": list(responses)}).encode()


class _Handler(BaseHTTPRequestHandler):
    server: ActionServer

    def do_POST(self) -> None:
        """Answer an action call."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls += 1
        threading.Event().wait(self.server.delay)
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *args: Any) -> None:
        """Keep the test's output clean."""


def _free_port() -> int:
    """Sanic takes port 0 for its default port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def actions() -> Iterator[ActionServer]:
    """Run an action server on a free port."""
    server = ActionServer()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Train a model of keywords and rules."""
    folder = tmp_path_factory.mktemp("model")
    for name, text in (("config.yml", CONFIG), ("domain.yml", DOMAIN), ("data.yml", DATA)):
        (folder / name).write_text(text, encoding="utf-8")
    result = train(
        str(folder / "domain.yml"),
        str(folder / "config.yml"),
        [str(folder / "data.yml")],
        str(folder),
        force_training=True,
        fixed_model_name="small",
    )
    return str(result.model)


@pytest.fixture
def store(tmp_path: pathlib.Path) -> StrictSqlTrackerStore:
    """Return an empty tracker store in a folder that does not exist yet."""
    return StrictSqlTrackerStore(Domain.empty(), db=str(tmp_path / "var" / "tracker.db"))


class Bot:
    """The running server as the app sees it."""

    def __init__(self, base: str, app: Sanic, session: aiohttp.ClientSession) -> None:
        self.base, self.app, self.session = base, app, session

    async def turn(
        self, text: Any, message_id: str = "m1", sender: str = "c.1", secret: str = SECRET
    ) -> tuple[int, Any]:
        """Send one message and return status and body."""
        body = {
            "sender": sender,
            "message_id": message_id,
            "text": text,
            "metadata": {"conversation_id": "c"},
        }
        return await self.post(json.dumps(body), secret)

    async def post(self, body: str, secret: str = SECRET) -> tuple[int, Any]:
        """Post a raw body."""
        headers = {"Authorization": f"Bearer {secret}"}
        async with self.session.post(f"{self.base}/turn", data=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def health(self) -> tuple[int, Any]:
        """Ask whether the bot is ready."""
        async with self.session.get(f"{self.base}/health") as answer:
            return answer.status, await answer.json()


@pytest_asyncio.fixture
async def bot(model: str, store: StrictSqlTrackerStore, actions: ActionServer) -> AsyncIterator[Bot]:
    """Serve the channel with the model on a free port."""
    Sanic.test_mode = True
    app = Sanic(f"test_{id(store)}", configure_logging=False)
    channel = QiantaiChannel(SECRET, "models/small.tar.gz")
    app.blueprint(channel.blueprint(None), url_prefix="/webhooks/qiantai")
    endpoint = EndpointConfig(f"http://127.0.0.1:{actions.server_port}/webhook")
    app.ctx.agent = Agent.load(model, tracker_store=store, action_endpoint=endpoint)
    server = await app.create_server(host="127.0.0.1", port=_free_port(), return_asyncio_server=True)
    await server.startup()
    port = server.server.sockets[0].getsockname()[1]
    async with aiohttp.ClientSession() as session:
        yield Bot(f"http://127.0.0.1:{port}/webhooks/qiantai", app, session)
    server.close()
    await server.wait_closed()


def stored_events(store: StrictSqlTrackerStore) -> int:
    """Count what the tracker store holds."""
    with store.engine.connect() as connection:
        return int(connection.execute(sqlalchemy.text("SELECT count(*) FROM events")).scalar())


async def test_a_turn_tells_reply_and_understanding(bot: Bot) -> None:
    status, body = await bot.turn("你好，我卡里五万三")
    assert status == 200
    assert body["replies"] == [
        {
            "text": "您好",
            "buttons": [{"title": "查余额", "payload": "查余额"}],
            "card": None,
            "article": None,
        }
    ]
    assert body["intent"] == {"name": "greet", "confidence": 1.0}
    assert {"entity": "amount", "value": "53000", "start": 6, "end": 9} in body["entities"]
    assert body["action"] == "utter_greet" and body["article"] is None and isinstance(body["ms"], int)


async def test_cards_and_articles(bot: Bot, actions: ActionServer) -> None:
    card = {"kind": "account", "title": "余额", "rows": [["可用", "100"]]}
    article = {"id": "x", "title": "标题"}
    answer = {"text": "答案", "custom": {"article": article}}
    actions.says({"text": "余额如下"}, {"custom": {"card": card}}, answer, {"custom": {"article": article}})
    status, body = await bot.turn("查余额")
    assert status == 200 and body["action"] == "action_balance" and body["article"] == article
    assert [reply["card"] for reply in body["replies"]] == [None, card, None]
    assert [reply["article"] for reply in body["replies"]] == [None, None, article]


async def test_missing_sender_and_bad_token(bot: Bot) -> None:
    status, body = await bot.post(json.dumps({"message_id": "1", "text": "你好"}))
    assert status == 400 and body["error"] == "bad_request" and "sender" in body["message"]
    assert (await bot.post("{"))[0] == 400
    assert await bot.turn("你好", secret="wrong") == (401, {"error": "unauthorized"})
    assert await bot.turn("你好", secret="错") == (401, {"error": "unauthorized"})


async def test_commands_from_outside_do_not_work(bot: Bot) -> None:
    status, body = await bot.turn("/thank")
    assert status == 200 and body["replies"][0]["text"] == "没听懂"
    assert body["intent"]["name"] != "thank"


async def test_long_text_is_capped(bot: Bot) -> None:
    await bot.turn("你好 " + "啊" * 5000)
    tracker = await bot.app.ctx.agent.tracker_store.retrieve("c.1")
    assert len(tracker.latest_message.text) == 500


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"{}"),
        (404, b"{}"),
        (200, b"no json"),
        (200, b'{"events": "wrong"}'),
        (200, b'{"responses": []}'),
    ],
)
async def test_failing_action_saves_nothing_and_can_be_repeated(
    bot: Bot, actions: ActionServer, store: StrictSqlTrackerStore, status: int, body: bytes
) -> None:
    """Trap 4, and all or nothing: the app repeats the same turn and gets its answer."""
    await bot.turn("你好", "m1")
    before = stored_events(store)
    actions.status, actions.body = status, body
    assert await bot.turn("查余额", "m2") == (502, {"error": "action_failed", "action": "action_balance"})
    assert stored_events(store) == before
    actions.says({"text": "余额100"})
    code, answer = await bot.turn("查余额", "m2")
    assert code == 200 and answer["replies"][0]["text"] == "余额100"
    assert stored_events(store) > before


async def test_action_server_down(bot: Bot, actions: ActionServer, store: StrictSqlTrackerStore) -> None:
    bot.app.ctx.agent.action_endpoint.url = "http://127.0.0.1:1/webhook"
    assert (await bot.turn("查余额"))[0] == 502
    assert stored_events(store) == 0


async def test_slow_action_ends(bot: Bot, actions: ActionServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap 5: an action may not outlive the lock."""
    monkeypatch.setattr(remote_action, "ACTION_TIMEOUT_SECONDS", 0.2)
    actions.delay = 1.0
    assert (await bot.turn("查余额"))[0] == 502


async def test_silence_is_a_failure(bot: Bot, store: StrictSqlTrackerStore) -> None:
    assert await bot.turn("谢谢") == (502, {"error": "action_failed", "action": "action_silent"})
    assert stored_events(store) == 0


async def test_repeated_message_is_answered_once(bot: Bot, actions: ActionServer) -> None:
    actions.says({"text": "余额100"})
    first = await bot.turn("查余额", "m7")
    again = await bot.turn("查余额", "m7")
    assert actions.calls == 1
    assert again[1]["replies"] == first[1]["replies"] and again[1]["intent"] == first[1]["intent"]


async def test_store_failure_is_an_error_not_amnesia(bot: Bot, store: StrictSqlTrackerStore) -> None:
    """Trap 10: Rasa would go on with an empty memory store."""
    await bot.turn("你好", "m1")
    with store.engine.begin() as connection:
        connection.execute(sqlalchemy.text("ALTER TABLE events RENAME TO gone"))
    assert await bot.turn("你好", "m2") == (500, {"error": "internal"})
    assert (await bot.health())[1] == {"status": "unavailable", "reason": "tracker_store_unavailable"}
    with store.engine.begin() as connection:
        connection.execute(sqlalchemy.text("ALTER TABLE gone RENAME TO events"))
    assert (await bot.turn("你好", "m2"))[0] == 200


async def test_turns_of_one_sender_do_not_mix(bot: Bot, actions: ActionServer) -> None:
    actions.says({"text": "余额100"})
    answers = await asyncio.gather(*(bot.turn("查余额", f"m{n}", f"s{n % 3}.1") for n in range(9)))
    assert [status for status, _ in answers] == [200] * 9
    assert actions.calls == 9


async def test_health(bot: Bot, model: str) -> None:
    """Trap 9: a missing model file must not go unnoticed."""
    assert await bot.health() == (200, {"status": "ok", "model": "small.tar.gz"})
    agent = bot.app.ctx.agent
    assert QiantaiChannel(SECRET, "models/other.tar.gz").problem(agent) == "wrong_model"
    assert QiantaiChannel(SECRET).problem(None) == "model_not_loaded"
    agent.tracker_store = InMemoryTrackerStore(agent.domain)
    assert await bot.health() == (503, {"status": "unavailable", "reason": "wrong_tracker_store"})


def test_weak_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="QIANTAI_BOT_SECRET"):
        QiantaiChannel.from_credentials({"secret": ""})


def test_logs_carry_no_words_of_customers() -> None:
    event = {"event": "processor.message.parse", "parse_data_text": "我的卡6222", "parse_data_intent": "x"}
    cleaned = log_privacy.remove_personal_data(None, "debug", event)
    assert "6222" not in str(cleaned) and cleaned["parse_data_intent"] == "x"
