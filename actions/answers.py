"""Reading a customer's short answer. Pure: a turn's text and entities in, a value out."""

import re

from actions.turn import Turn
from integrations.crm.conversations.handoff_request import asks_for_person

_YES = re.compile(
    r"(?:嗯+|恩|是|是的|对|对的|好|好的|好吧|行|可以|没错|没问题|确认|确定|提交|同意|要|需要|ok|yes)"
    r"[了吧啊呀的,。! ]*",
    re.I,
)
_NO = re.compile(r"(?:不|不是|不对|不用|不要|不行|不需要|算了|否|别|没有|no)[了吧啊呀的,。! ]*", re.I)
_SKIP = re.compile(
    r"(?:跳过|没有|无|不记得|记不清|忘了|不知道|不清楚|不方便|不涉及|不填|先不|没了)[了吧啊呀的,。! ]*"
)
_ALL = re.compile(r"全部|所有|都|两张|每张|全都|一起")
_QUESTION = re.compile(
    r"(?:[?？]|吗|呢|么|怎么办|怎么弄|多少钱?|几点|哪里?|多久)\W*$"
    r"|^(?:怎么|怎样|如何|为什么|什么|哪|多少)|几点|在哪|哪里有|能不能|可不可以|多久|怎么[办弄查]"
)
_ASKS = re.compile(
    r"[?？]|咋|啥|怎么|怎样|如何|为什么|多少|多久|多长|几|什么|哪|吗|呢|能不能|可不可以|有没有|是不是|要不要"
)
_CORRECTION = re.compile(r"不是|不对|错|改|更正|应该是|说的是")
_CANCEL = re.compile(
    r"(?:我?(?:不|别)(?:想)?(?:查|办|弄|搞|算|投诉|挂失|验证|填|评价|留言|做|测|约)了|取消|算了|退出)"
    r"[吧啊呀,。! ]*"
)
_NO_THANKS = re.compile(
    r"(?:先|暂时|还是|那就|那)*(?:不用|不必|不需要|不要|不想|不)(?:麻烦|查|弄|办|算)?了?[吧啊呀,。! ]*"
    r"(?:谢+[你您]?[了啊,。! ]*)?"
)
_FOUND_AGAIN = re.compile(r"(?<![没有能不])找(?:到|着|回来?)了(?!吗|没)")
_NO_PERSON = re.compile(
    r"不等了|不排了|不(?:用|要|需要|想)再?(?:转|找|等)?(?:人工|客服)|不转(?:人工)?了"
    r"|取消(?:排队|转接|人工)|退出排队|别转"
)
_STAFF = re.compile(r"人|客服|坐席|经理|领导|主管")
_SURE = 0.5  # of an intent that ends a form
CODE_MARK = "[验证码]"
"""How the app's mark for a removed one-time code reads once the bot has normalised the text."""


def is_yes(turn: Turn) -> bool:
    """Whether the message only says yes."""
    return turn.intent == "affirm" or bool(_YES.fullmatch(turn.text))


def is_no(turn: Turn) -> bool:
    """Whether the message only says no."""
    return turn.intent == "deny" or bool(_NO.fullmatch(turn.text))


def is_skip(turn: Turn) -> bool:
    """Whether the customer passes over the question."""
    return turn.intent == "skip" or bool(_SKIP.fullmatch(turn.text))


def means_all(turn: Turn) -> bool:
    """Whether all of the choices are meant."""
    return bool(_ALL.search(turn.text))


def is_question(text: str) -> bool:
    """Whether a text reads like a question rather than an answer."""
    return bool(_QUESTION.search(text.strip()))


def asks(text: str) -> bool:
    """Whether a text asks something anywhere in it: more than `is_question` takes for a question."""
    return bool(_ASKS.search(text))


def is_correction(turn: Turn) -> bool:
    """Whether the customer takes something back."""
    return turn.intent in ("deny", "wrong_answer", "correction") or bool(_CORRECTION.search(turn.text))


def is_no_thanks(text: str) -> bool:
    """Whether a text only declines (不用了，谢谢)."""
    return bool(_NO_THANKS.fullmatch(text))


def found_again(text: str) -> bool:
    """Whether something lost has turned up."""
    return bool(_FOUND_AGAIN.search(text))


def wants_to_cancel(turn: Turn) -> bool:
    """Whether the customer gives up what is being done."""
    by_intent = turn.intent in ("cancel", "goodbye") and turn.confidence >= _SURE
    return by_intent or bool(_CANCEL.fullmatch(turn.text))


def wants_person(turn: Turn) -> bool:
    """Whether a person is asked for: by the intent, or by plain words whatever the classifier thought."""
    by_intent = turn.intent == "human" and (turn.confidence >= _SURE or bool(_STAFF.search(turn.text)))
    return (by_intent or asks_for_person(turn.text)) and not refuses_person(turn)


def refuses_person(turn: Turn) -> bool:
    """Whether the customer no longer wants a person (不等了)."""
    return bool(_NO_PERSON.search(turn.text))


def phone_in(turn: Turn) -> str | None:
    """A mobile number."""
    value = turn.entity("phone")
    return str(value) if value else None


def tail_in(turn: Turn) -> str | None:
    """Last four digits of a card."""
    value = turn.entity("card_tail")
    return str(value) if value else None


def holds_code(turn: Turn) -> bool:
    """Whether the message carries a one-time code, removed by the app or (no challenge open) still there."""
    return CODE_MARK in turn.text or bool(re.fullmatch(r"\D{0,8}\d{6}\D{0,4}", turn.text))


def digits_in(turn: Turn) -> bool:
    """Whether there is any digit."""
    return any(char.isdigit() for char in turn.text)
