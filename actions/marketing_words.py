"""Whether a customer wants recommendations from now on; plain words count for more than the intent. Pure.

A refusal taken for consent is the worst error (个人信息保护法 Arts 14 and 24). So consent is only what says
nothing else: every word of it must be known. One word more (谁, 怎么, 又…了), and it is open or refused.
"""

import re

# The bot has simplified the text already; a refusal must not hang on that.
_SIMPLIFIED = str.maketrans(
    "關閉開啟繼續給薦產復從絕訂請別擾們沒銷誰許願權總還讓煩終應準無憑麼過現時",
    "关闭开启继续给荐产复从绝订请别扰们没销谁许愿权总还让烦终应准无凭么过现时",
)
_PUNCTUATION = re.compile(r"[\s,，.。!！~、;；…]")  # not 「？」: who asks consents to nothing
_EITHER = re.compile(r"(.)不(?=\1)")  # 「能不能」 refuses nothing

_OPEN_AGAIN = r"(?:恢复|打开|开启|开通)"
_START = rf"(?:{_OPEN_AGAIN}|取消(?:免打扰|勿扰|屏蔽)|继续|同意|允许|答应|愿意|接[收受]|授权)"
_END = r"(?:停|(?<![有相])关(?![于注心系])|退(?![休税])|撤|收回|拒绝|取消|屏蔽|终止)"
_NOT = r"(?:(?<![特级个区])别(?![的人])|莫|甭|勿|唔|咪|憋|表(?=再|推|给))"
_NEVER = r"(?:没有?|冇|从未)"
_ALLOWED = r"(?:同[意义]|允许|答应|授权|愿意|[让叫要准]你)"
_WHO = r"(?:谁|(?:啥|什么)时候)(?:让|叫|要|准|同意|允许|答应|授权)|凭(?:什么|啥)"

_OFFERS = r"(?:产品|个性化|营销(?:信息|消息)?|推荐(?:服务|功能|设置)?)"
_SOFT = (
    r"(?:请您?|麻烦您?|帮我?|[给向为]我|我|那|就|嗯|好的?|行|哦|现在|还是|又?想(?:看推荐了)?|要|希望"
    r"|可以|把|再|重新|一下|吧|啊|呀|啦|呗|谢谢您?)"
)
# 「恢复推荐」, 「我同意接收产品推荐」; not 「推荐又打开了」, 「你们打开推荐」.
_CONSENT = re.compile(rf"(?=.*{_START})(?>{_START}(?:你们)?|{_OFFERS}|{_SOFT})++")
# 「以后有好产品可以推荐给我」; not 「可以推荐几只基金」.
_PERMISSION = re.compile(
    r"我?(?:以后|今后)?(?:有好的?产品)?(?:以后|今后)?可以(?:再|继续)?(?:[给向为]我)?推荐(?:产品)?(?:给我)?[了啦吧]?"
)
# What may stand before a consent: 「之前关了推荐，」 now I want it again; 「把之前退订的推荐」 restore.
_CLOSED = r"(?:关[掉闭]?|停[掉用]?|退订|屏蔽|取消)"
_UNDONE = re.compile(
    r"(?:我|把|之前|以前|上次|原来|昨天|刚才?|不小心|误)*"
    rf"(?:{_OFFERS}+{_CLOSED}[了过]|{_CLOSED}[了过的]{_OFFERS}+|关[掉闭]?了(?=现在|又?想|还是|请|麻烦|帮))"
    rf"(?!可以|能)(?=.*{_OPEN_AGAIN})"
)

_STOP = re.compile(rf"{_NOT}|{_END}|不(?!错|好意思|过)|少推|免打扰|{_NEVER}{_ALLOWED}")
# 「别关」, 「不拒绝」
_KEPT = re.compile(rf"(?:不(?:想|要|用|必)?|{_NOT})再?(?:{_END}|介意|反对)")
_NO_START = re.compile(
    # 「不要再给我打开」, 「停止继续接收」
    rf"(?:不(?:想|可以)?|{_NOT}|{_END}|{_NEVER})(?:[^,，.。;；!！?？\s想是可]{{0,6}}{_START})+"
    # 「谁允许」, 「自动开启」; 「已开启的」, 「开通了」
    rf"|(?:{_WHO}|谁|默认|自动|擅自|私自|怎么|为什么)[^,，。]{{0,4}}{_START}|(?<![想要再新请]){_START}[了过的]"
    # 「打开免打扰」, 「同意关闭」
    rf"|{_START}(?:免打扰|勿扰|[^,，。推]{{0,3}}(?:不|{_NOT}|{_END}))"
)
_OBJECTS = re.compile(rf"{_WHO}|(?<!麻)烦|骚扰|打扰")
_REFUSES = re.compile(
    rf"(?:{_NOT}|{_END}|不(?:想|要|用|必|再|需要?|愿意?|希望|许|准|允许|同意|接[收受])|保持不|(?<!多)少|{_NEVER}{_ALLOWED}|{_WHO})"
    r"(?:再|在|好|使|要|想|止|掉|闭|了|过|的|老是?|总是?|一直|继续|[给向对]我|[让叫]|你?们|产品|个性化|任何|一切|所有|看|收"
    r"|到|来|被|主动|随便|接[收受]|已经?|打开|开[启通])*(?:推[荐建见介销送]|营销)"
    r"|(?:推荐|推销|营销)(?:功能)?(?:都|先|全|给我|我|请|现在|想|要|怎么|[,，\s])*(?:停(?!售|牌)|关(?![于注心系])|免了|取消)"
)


def wants_offers(text: str) -> bool | None:
    """Yes or no to recommendations from now on; None where the words leave it open or contradict it."""
    if _consents(text):
        return True
    said = _read(text)
    if _KEPT.search(said) or not _STOP.search(said):
        return None
    return None if re.search(_START, _NO_START.sub("", said)) else False


def refuses_offers(text: str) -> bool:
    """Whether it speaks against being recommended anything, whatever the classifier takes it for."""
    return bool(_REFUSES.search(_read(text))) and not _consents(text)


def is_about_choice(text: str) -> bool:
    """Whether a word of it is for or against recommendations, however unclear; 「再推荐几个」 has none."""
    said = _read(text)
    return any(re.search(words, said) for words in (_STOP, _START, _OBJECTS))


def _consents(text: str) -> bool:
    words = _PUNCTUATION.sub("", _simplified(text))
    undone = _UNDONE.match(words)
    rest = words[undone.end() :] if undone else words
    return bool(_CONSENT.fullmatch(rest) or _PERMISSION.fullmatch(rest))


def _read(text: str) -> str:
    return _EITHER.sub("", _simplified(text))


def _simplified(text: str) -> str:
    return text.lower().translate(_SIMPLIFIED)
