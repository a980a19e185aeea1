"""The same conversation on every messenger: what a customer does, and what their phone shows."""

import pytest

from integrations.crm.conversations.service import Reply
from integrations.crm.conversations.turns import Turn
from integrations.wechat import wording
from tests.wechat.messenger_server import MessengerServer, eventually
from tests.wechat.server import picture

MONTHS = [{"title": "本月", "payload": "查本月的明细"}, {"title": "上月", "payload": "查上月的明细"}]


def test_a_question_is_answered_and_the_window_is_known(messenger: MessengerServer) -> None:
    customer = messenger.person()
    customer.say("查余额")
    assert eventually(customer.texts) == ["收到：查余额"]
    messenger.all_is_well(1)
    assert messenger.sending().remaining == customer.fake.quota(customer.user)


def test_choices_lead_back_to_what_they_say_however_old(messenger: MessengerServer) -> None:
    messenger.answer = lambda turn: [
        Reply(f"收到：{turn.text}", buttons=MONTHS if turn.text == "查明细" else [])
    ]
    customer = messenger.person()
    customer.say("查明细")
    assert set(eventually(customer.choices)) == {"本月", "上月"}
    customer.say("别的")
    eventually(lambda: "收到：别的" in customer.texts())
    customer.tap("上月")
    eventually(lambda: messenger.received() == ["查明细", "别的", "查上月的明细"])


def test_a_choice_of_another_customers_message_is_only_words(messenger: MessengerServer) -> None:
    messenger.answer = lambda turn: [Reply("？", buttons=[{"title": "好", "payload": "秘密"}])]
    customer, other = messenger.person(), messenger.person("other-customer-2")
    customer.say("查明细")
    items = (eventually(customer.choices)["好"], "99999", "1" * 18, "1" * 30, "0")
    for item in items:
        other.tap_item(item, "好")
    eventually(lambda: messenger.received() == ["查明细", *["好"] * len(items)])


def test_cards_become_short_text(messenger: MessengerServer) -> None:
    card = {
        "title": "账户余额",
        "subtitle": "截至今天",
        "rows": [["活期（尾号6688）", "¥1,000.00"]],
        "note": "仅供参考",
    }
    messenger.answer = lambda turn: [Reply("**您的**余额如下：", card=card)]
    customer = messenger.person()
    customer.say("查余额")
    assert eventually(customer.texts) == [
        "您的余额如下：\n\n【账户余额】\n截至今天\n活期（尾号6688）：¥1,000.00\n仅供参考"
    ]


def test_what_nobody_can_read_is_kept_and_owned_up_to(messenger: MessengerServer) -> None:
    customer = messenger.person()
    customer.send_speech()
    eventually(lambda: customer.texts() == [wording.VOICE_UNREAD])
    customer.send_video()
    eventually(lambda: customer.texts()[1:] == [wording.VIDEO_UNREAD])
    customer.send_link("中奖了", "http://evil.example/x")
    eventually(lambda: customer.texts()[2:] == [wording.LINK_UNREAD])
    assert messenger.received() == [wording.VOICE, wording.VIDEO, "［链接］中奖了\nhttp://evil.example/x"]
    messenger.all_is_well(3)


def test_a_place_goes_to_the_bot_with_its_coordinates(messenger: MessengerServer) -> None:
    seen: list[Turn] = []
    messenger.answer = lambda turn: [Reply(str(seen.append(turn)))]
    messenger.person().send_place(30.66, 104.08, "成都市锦江区")
    eventually(lambda: seen)
    assert seen[0].metadata["location"] == {"lat": 30.66, "lon": 104.08}
    assert "成都市锦江区" in seen[0].text and "网点" in seen[0].text


def test_a_picture_becomes_evidence(messenger: MessengerServer) -> None:
    messenger.person().send_picture(picture())
    eventually(lambda: messenger.received() == ["［图片］"])
    stored = messenger.messages(messenger.conversation())[0]
    assert stored.kind == "image" and stored.payload["attachment"]
    assert len(list(messenger.settings.upload_folder.iterdir())) == 1


@pytest.mark.parametrize("data", [b"not a picture", picture()[:40]])
def test_what_is_no_picture_is_owned_up_to(messenger: MessengerServer, data: bytes) -> None:
    customer = messenger.person()
    customer.send_picture(data)
    assert eventually(customer.texts) == [wording.IMAGE_LOST]
    assert not messenger.settings.upload_folder.exists() or not list(
        messenger.settings.upload_folder.iterdir()
    )
    messenger.all_is_well(1)


def test_who_comes_from_a_branch_is_welcomed_with_its_address(messenger: MessengerServer) -> None:
    customer = messenger.person()
    customer.arrive("branch-B001")
    welcome = "\n".join(eventually(customer.texts))
    assert "云川银行" in welcome and "智能助手" in welcome and "云川银行成都锦江支行" in welcome
    assert "人工" in customer.choices()
    customer.tap("查余额")
    eventually(lambda: messenger.received() == ["查询余额"])
    messenger.all_is_well(1)


def test_empty_and_endless_texts_are_answered(messenger: MessengerServer) -> None:
    customer = messenger.person()
    customer.say("\u200b")
    eventually(lambda: customer.texts() == [wording.EMPTY])
    customer.say("好" * 10_001)
    eventually(lambda: customer.texts() == [wording.EMPTY, wording.TOO_LONG])
    assert messenger.received() == []


def test_a_long_answer_comes_whole_in_several_messages(messenger: MessengerServer) -> None:
    long = "请带身份证到网点办理。" * 180  # 5,940 bytes
    messenger.answer = lambda turn: [Reply(long)]
    customer = messenger.person()
    customer.say("怎么办")
    eventually(lambda: "".join(customer.texts()) == long)
    assert len(customer.texts()) == 3
    messenger.all_is_well(1)


def test_an_agent_takes_over(messenger: MessengerServer) -> None:
    customer = messenger.person()
    customer.say("转人工")
    eventually(lambda: customer.texts() == ["收到：转人工"])
    conversation = messenger.conversation()
    messenger.take(conversation)
    eventually(lambda: "林晓" in customer.texts()[-1])
    customer.say("我的卡丢了")
    eventually(lambda: messenger.received()[-1] == "我的卡丢了")
    messenger.agent_says(conversation, "马上为您挂失。", "message-1")
    eventually(lambda: customer.texts()[2:] == ["马上为您挂失。"])
    eventually(lambda: set(messenger.statuses()) == {"shown"})
