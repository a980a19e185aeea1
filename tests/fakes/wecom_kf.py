"""A fake of WeCom's 微信客服 for one customer service account: customers' phones, callbacks, and the API."""

from typing import Any

import httpx
from starlette.applications import Starlette

from tests.fakes.clock import Clock
from tests.fakes.messenger import FakeMessenger
from tests.fakes.wechat_crypto import Envelope, fresh_nonce
from tests.fakes.wechat_media import MediaStore
from tests.fakes.wechat_phone import Phone
from tests.fakes.wechat_push import Handshake, PushRequest
from tests.fakes.wechat_quota import MESSAGE
from tests.fakes.wechat_xml import to_xml
from tests.fakes.wecom_kf_api import KfApi
from tests.fakes.wecom_world import ENDED, NEW, Conversation, KfAccount, KfDelivery, KfWorld


class FakeKf(FakeMessenger[KfDelivery]):
    """WeCom's side. See `FakeMessenger`."""

    def __init__(
        self,
        account: KfAccount,
        webhook: str,
        clock: Clock | None = None,
        patience: float = 5.0,
        attempts: int = 3,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(webhook, clock, patience, transport)
        self.account = account
        self.world: KfWorld = KfWorld(account=account, clock=self.clock, media=MediaStore(self.clock))
        self.api: KfApi = KfApi(self.world)
        self.attempts = attempts
        self.service_faults: list[str] = []

    def phone(self, user: str) -> Phone[KfDelivery]:
        """A customer's phone by external_userid, made at first sight."""
        self.world.conversations.setdefault(user, Conversation())
        return super().phone(user)

    def conversation(self, userid: str) -> Conversation:
        """The state of a customer's conversation; a test may change it as the WeCom client would."""
        self.phone(userid)
        return self.world.conversations[userid]

    async def verify(self, token: str | None = None) -> Handshake:
        """The handshake: the webhook must decrypt echostr and return what is inside."""
        inside = fresh_nonce()
        request = self._request(inside, token)
        answer = await self.postman.get({**request.params, "echostr": request.body})
        return Handshake(answer.status == 200 and answer.text == inside, answer.status, answer.text)

    async def say(self, user: str, content: str, menu_id: str | None = None) -> KfDelivery:
        """A customer writes; `menu_id` where a tap on a msgmenu wrote it."""
        tapped = {} if menu_id is None else {"menu_id": menu_id}
        return await self.send(user, "text", {"content": content, **tapped})

    async def send_picture(self, userid: str, data: bytes, media_type: str = "image/png") -> KfDelivery:
        """A customer sends a picture, kept for media/get."""
        return await self.send(userid, "image", {"media_id": self.world.media.add(data, media_type)})

    async def send(self, userid: str, kind: str, content: dict[str, Any]) -> KfDelivery:
        """A customer sends a message of any msgtype."""
        self.phone(userid).record_own(kind, content)
        conversation = self.conversation(userid)
        now = self.clock.now()
        conversation.last_message = now
        if conversation.state == ENDED:
            conversation.state = NEW
        # The five start again with each message of the customer.
        self.world.quota.open(userid, now, MESSAGE, add_up=False)
        message = self.world.append(3, kind, external_userid=userid, **{kind: content})
        return await self._call_back(message)

    async def enter(self, userid: str, scene: str = "", scene_param: str = "") -> KfDelivery:
        """A customer opens the chat; with a welcome_code unless they wrote in the last 48 h."""
        self.phone(userid)
        event = {"external_userid": userid, "scene": scene, "scene_param": scene_param}
        seen = self.conversation(userid).last_message
        if seen is None or self.clock.now() - seen > MESSAGE[1]:
            event["welcome_code"] = self.world.new_code(userid)
        return await self._event("enter_session", **event)

    async def fail_message(self, userid: str, msgid: str, fail_type: int = 0) -> KfDelivery:
        """A message that send_msg took does not reach the customer."""
        return await self._event(
            "msg_send_fail", external_userid=userid, fail_msgid=msgid, fail_type=fail_type
        )

    def request(self) -> PushRequest:
        """A fresh callback with a Token of its own; a test may spoil it and send it itself."""
        token = f"ENC{fresh_nonce()}{fresh_nonce()}"
        now = self.clock.now()
        self.world.callback_tokens[token] = now
        inside = to_xml(
            {
                "ToUserName": self.account.corpid,
                "CreateTime": int(now.timestamp()),
                "MsgType": "event",
                "Event": "kf_msg_or_event",
                "Token": token,
                "OpenKfId": self.account.open_kfid,
            }
        )
        sealed = self._request(inside)
        outside = {"ToUserName": self.account.corpid, "Encrypt": sealed.body, "AgentID": ""}
        return PushRequest(sealed.params, to_xml(outside))

    @property
    def app(self) -> Starlette:
        """The API."""
        return Starlette(routes=list(self.api.routes))

    def _request(self, inside: str, token: str | None = None) -> PushRequest:
        account = self.account
        envelope = Envelope(token or account.token, account.encoding_aes_key, account.corpid)
        encrypt = envelope.seal(inside)
        timestamp, nonce = str(int(self.clock.now().timestamp())), fresh_nonce()
        signature = envelope.signature(timestamp, nonce, encrypt)
        return PushRequest({"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}, encrypt)

    async def _event(self, kind: str, **fields: Any) -> KfDelivery:
        event = {"event_type": kind, "open_kfid": self.account.open_kfid, **fields}
        return await self._call_back(self.world.append(4, "event", event=event))

    async def _call_back(self, message: dict[str, Any]) -> KfDelivery:
        delivery = KfDelivery(message)
        for _ in range(self.attempts):
            request = self.request()
            answer = await self.postman.post(request.params, request.body)
            delivery.answers.append(answer)
            delivery.accepted = answer.status == 200 and answer.body in (b"", b"success")
            if not delivery.accepted:
                self.service_faults.append(answer.error or f"HTTP {answer.status}: {answer.text[:80]}")
            if answer.status == 200:
                break
        return delivery
