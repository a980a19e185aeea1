"""Whether a customer wants recommendations from now on; plain words count for more than the intent. Pure."""

import re

# Neither 「不要恢复」 nor 「别再继续推荐」 begins anything; 「之前关了，想恢复」 does.
_NOT_AGAIN = re.compile(r"(?:不[要用想必]?|别|莫)再?(?:恢复|打开|开启|开通|重新|继续)")
_AGAIN = re.compile(r"恢复|打开|开启|开通|重新|继续|取消(?:免打扰|屏蔽)")
_STOP = re.compile(r"别|莫|不|唔|停|关|退|撤|拒绝|取消|少推|免打扰")
_START = re.compile(r"同意|允许|愿意|接收|接受|可以|想看")
_REFUSES = re.compile(
    r"(?:别|莫|不要|不想|不用|不必|不再|停止|关[掉闭]|拒绝|退订|不接[收受]|保持不|少)"
    r"(?:再|老|总|给我|向我|你们|产品|个性化|任何|一切|看|收|到)*(?:推荐|推销|营销)"
    r"|(?:推荐|推销|营销)(?:功能)?(?:都|先|给我|全)*(?:停|关|免了|取消)"
)


def refuses_offers(text: str) -> bool:
    """Whether it says plainly that nothing shall be recommended, whatever the classifier takes it for."""
    return bool(_REFUSES.search(text)) and not _wants_again(text)


def wants_offers(text: str) -> bool | None:
    """Yes or no to recommendations from now on; None where the words leave it open."""
    if _wants_again(text):
        return True
    if _STOP.search(text):
        return False
    return True if _START.search(text) else None


def _wants_again(text: str) -> bool:
    return bool(_AGAIN.search(text)) and not _NOT_AGAIN.search(text)
