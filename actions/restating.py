"""A correction with words of its own (「不是，我是说信用卡」): what it means. Pure."""

import re

from actions.answers import asks
from actions.incoming import ENQUIRY, Clause, Incoming
from actions.service_titles import CONFIDENT, SERVICES, URGENT
from actions.turn import Turn

_FRAGMENT = 8  # characters: what is longer is a question by itself
_KINDS = re.compile(
    r"信用卡|贷记卡|储蓄卡|借记卡|银行卡|社保卡|存折|房贷|车贷|消费贷|经营贷|贷款|大额存单|存款|定期|活期"
    r"|理财|基金|保险|国债|黄金|外汇|手机银行|网上银行|网银|微信|支付宝|对公|企业|个人"
)
_PARTICLES = "的呢啊吧呀"
_VAGUE = (
    "deny",
    "wrong_answer",
    "unhelpful",
    "affirm",
    "inform",
    "nlu_fallback",
    "out_of_scope",
    ENQUIRY,
)
"""Intents of a whole correction that say less than its restated part."""


def restates(turn: Turn) -> bool:
    """Whether the message is to be served by what it restates."""
    said, denied = turn.incoming.restated, turn.incoming.denied
    if said is None:
        return False
    if turn.intent == "correction":
        return True
    if denied is None and turn.intent in (*URGENT, "complaint") and turn.confidence >= CONFIDENT:
        return False
    if service_in(said):
        return said.intent != turn.intent
    taken_back = denied is not None and turn.text.startswith(denied)
    before = turn.slot("last_question") or turn.slot("awaiting")
    return turn.intent in _VAGUE and bool(before) and not taken_back


def corrected_service(turn: Turn) -> str | None:
    """The service of which only a value is corrected: 「挂失0000那张 哦不对 是1234那张」."""
    said = turn.incoming.restated
    if said is None or said.intent != "inform" or not turn.entities_in(said):
        return None
    named = [
        clause.intent
        for clause in turn.incoming.clauses
        if clause.end <= said.start and clause.intent in SERVICES and clause.confidence >= CONFIDENT
    ]
    return named[-1] if named else None


def service_in(said: Clause) -> str | None:
    """The service that a restated part names; a bare 「信用卡」 names none."""
    names = said.intent in SERVICES and said.confidence >= CONFIDENT
    return said.intent if names and not _KINDS.fullmatch(said.text.rstrip(_PARTICLES)) else None


def readings(incoming: Incoming, question: str | None) -> list[str]:
    """The questions that a restated part may be: by itself, and as a change of the last question."""
    if incoming.restated is None:
        return []
    said = incoming.restated.text
    if not question or len(said) > _FRAGMENT or asks(said):
        return [said]
    return [said, _changed(question, said.rstrip(_PARTICLES), incoming.denied)]


def _changed(question: str, said: str, denied: str | None) -> str:
    """「年费多少」 and 「信用卡」 make 「信用卡年费多少」; 「储蓄卡」 in the question gives way to it."""
    if said in question:
        return question
    kind, asked = _KINDS.search(said), _KINDS.search(question)
    replaced = denied if denied and denied in question else asked[0] if kind and asked else None
    return question.replace(replaced, said) if replaced else said + question
