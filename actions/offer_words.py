"""What customers say of the cards they were just shown, without a product's name. Pure."""

import re

from actions.products import APPOINTMENT, NOT_INTERESTED
from knowledge_base.question_text import fold

RECOMMENDATION = "recommendation"
_LONGEST = 16  # characters: more than that says something of its own
_PLACE = re.compile(r"(?:第[一二三两123]|[头前]一|最后一?|末尾?一?)[个款张项种只家]")
_EACH_OF_THEM = re.compile(r"(?:这[些几](?:[个款]|[两三]个)?|[两三]个|一个|全部?)都?|都")
_OTHERS = re.compile(r"别的|其他|其它|另外的|换一?[批款个]|再(?:给我)?(?:推荐|来|看)|还有")
_ALL = re.compile(r"都|全|[几两三]个|[几两三]款|一个也|一款也|所有")
_SOFT = (
    r"(?:那|嗯|好|哦|行|就|我|你|你们|帮|它|这个|真|也|还是|先|吧|了|的"
    r"|啊|呀|哈|呗|呢|吗|么|嘛|不|没有?|沒有?)*"
)
_KIND = r"(?:理财|基金|存款|定期|存单|保险|信用卡|贷款|产品|推荐|可以选|可选)*"
_ONLY_OTHERS = re.compile(
    rf"{_SOFT}(?:还|再|另外|有没有|有|换|来|给我|给|推荐|看看|介绍|看|要)*(?:点|一|几)?[个款种]?"
    rf"(?:别的|其他的?|其它的?|另外的|新的){_KIND}{_SOFT}(?:看看|瞧瞧)?{_SOFT}"
    rf"|{_SOFT}(?:再|换|来|给我|推荐|看看|介绍)+[一几两]?[批个款种点]?{_KIND}{_SOFT}(?:看看|瞧瞧)?{_SOFT}"
    rf"|{_SOFT}还有(?:吗|么|嘛|不|没有?|沒有?|呢)?"
)
_DECLINES = re.compile(
    rf"{_SOFT}(?:不(?:太|怎么|大)?(?:想|是很)?(?:要|买|喜欢|感兴趣|考虑|合适|适合|行|满意)|没兴趣|算了|去掉|划掉|pass){_SOFT}"
)
_TAKES = re.compile(rf"{_SOFT}(?:想|要|可以)?(?:买|要|选|定|订|约|预约|办|办理){_SOFT}(?:一下|下)?{_SOFT}")
_ASKS = re.compile(
    r"[咋怎]么?[样个]|如何|靠谱|详细|介绍|[讲说]|是[啥什]|了解|风险|收益|利[率息]|保本|安全|门槛|起[购存]|多久|期限|取|好[不吗]"
)


def wants_others(text: str) -> bool:
    """Whether a wish for products means ones not shown yet."""
    return bool(_OTHERS.search(text))


def means_all(text: str) -> bool:
    """Whether a refusal means all that were shown."""
    return bool(_ALL.search(text))


def said_of_offers(text: str) -> str | None:
    """The intent of a few words that go on from cards: others are wanted, or one card is meant by its place.

    Only right straight after the cards; anything that may mean something else is None.
    """
    said = fold(text)
    if len(said) > _LONGEST:
        return None
    if _PLACE.search(said):
        return _said_of_one(_PLACE.sub("", said, count=1))
    every = _EACH_OF_THEM.match(said)
    if every and _DECLINES.fullmatch(said, every.end()):
        return NOT_INTERESTED
    return RECOMMENDATION if _ONLY_OTHERS.fullmatch(said) else None


def _said_of_one(rest: str) -> str | None:
    if _DECLINES.fullmatch(rest):
        return NOT_INTERESTED
    if _TAKES.fullmatch(rest):
        return APPOINTMENT
    return RECOMMENDATION if _ASKS.search(rest) or re.fullmatch(_SOFT, rest) else None
