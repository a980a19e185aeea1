"""Takes a message apart: its clauses, and what a customer who corrects themselves means. Pure.

Offsets are those of the text given, which the normalizer has already brought to half width.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterator

MAX_CLAUSES = 4
MAX_LENGTH = 120
"""Longer messages are stories: not taken apart, each clause costs a classification."""
_SHORTEST = 2
_NOUN_LEFT, _NOUN_RIGHT = 12, 10  # characters around 「和」: what is longer is a sentence about both

_STOP = re.compile(
    r"[。！？；!?;\n…~]+|(?<!\d)[,，]|[,，](?!\d)"  # a comma between digits belongs to an amount
    r"|(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])"  # many type a space for a comma
)
# 「卡里还有多少钱」, 「还有20万没还」 and 「同时办两张卡」 name one thing.
_CONNECTOR = re.compile(
    r"(?:另外|此外|顺便|顺带|以及|对了|然后(?!再说)|同时(?!办|用|开|申请)"
    r"|还有(?!多少|多久|几|没|什么|吗|钱|余额|谁|哪|效|\s?\d)"
    r"|我?还[想要](?=[问查了知咨办看开请])|再(?=帮|给我|查|看|问|办))"
    r"(?:还有|我?还想|再(?=帮|给我|查|看|问|办))?"
)
_AND = re.compile(r"(?<![总温平缓柔饱])和(?![平谐田县解气睦硕静顺美])|(?<!脚)跟(?![踪单进])|、")
# 「转账限额和手续费」: what stands before the first noun belongs to all of them.
_SUBJECT = re.compile(
    r"信用卡|储蓄卡|借记卡|大额存单|手机银行|网上银行|网银|存款|定期|贷款|房贷|车贷|理财|基金|转[账帐]|汇款|跨行"
)
_STANDS_ALONE = re.compile(r"余额|明细|流水|网点|密码|投诉|挂失|人工|积分")
# A comparison is one question about both.
_COMPARED = re.compile(r"区别|不同|差别|差异|哪个|哪种|哪张|相比|比较|一样|关系|之间|互")
_PEOPLE = "[我你您他她]们?|老公|老婆|爱人|[爸妈]|父母|孩子|儿子|女儿|家人|朋友|别人|对方|客服|柜员|经理"
_PERSON_END, _PERSON_BEGIN = re.compile(f"(?:{_PEOPLE})$"), re.compile(f"(?:{_PEOPLE})")
# No repetition within the repetition, here and below: a hundred 「嗯」 must not take a minute.
_POLITE = re.compile(
    r"(?:你好|您好|请问|一下|在吗|在不在|麻烦|多谢|辛苦|那个|哈喽|hi|hello"
    r"|[嗯哦噢啊唉哎呃额亲谢你您了下,，。!！~ ])+",
    re.IGNORECASE,
)

_SEPARATED = r"[,，。.!！;；:： ]+"
_LEAD = rf"^(?:(?:[嗯哦噢啊唉哎呀呃额]|你好|您好|那个|抱歉|不好意思|对不起)(?:{_SEPARATED})?)*"
_MEAN = r"(?:想|要)?(?:说|问|指|查|要|办|了解|咨询)"
_WRONG = r"(?:不对|不是)[啊呀哦的了啦]*"
_SLIP = r"(?:我?(?:刚才|刚刚)?(?:说|打|写|输|问|发|搞|弄)错了?|口误|哦?错了)"
_BEFORE = rf"(?:(?:{_WRONG}|{_SLIP}|不(?=[,，。 ]))(?:{_SEPARATED})?)"
# 「你理解错了」, 「搞反了」: the bot's slip, not the customer's
_MISTAKEN = (
    rf"(?:(?:[你您]们?)?(?:理解|搞|弄|看|听|答|会)(?:错|反)(?:我?的?意思|意|我)?了?|no)(?:{_SEPARATED})?"
)
_I_MEAN = rf"我(?:刚才|刚刚|其实|本来)?(?:{_MEAN}的(?:就|其实)?是|的意思是|就?是{_MEAN})"
# 「我问的是存款」, 「不是，是存款」
_MEANT = re.compile(
    rf"{_LEAD}(?:(?:{_BEFORE}|{_MISTAKEN})*{_I_MEAN}|{_BEFORE}+(?:应该)?是{_MEAN}?)(?P<said>.+)$"
)
# 「不是贷款，是存款」, 「我不是问贷款，我问的是存款」
_NOT_BUT = re.compile(
    rf"{_LEAD}我?(?:{_MEAN}的)?不是{_MEAN}?(?P<denied>(?!不)[^,，。!！?？;；是]{{1,12}}?)[,，。;； ]*"
    rf"我?(?:{_MEAN}的)?(?:而|应该)?是{_MEAN}?(?P<said>.+)$"
)
# 「说错了，是转账限额」
_SLIPPED = re.compile(rf"{_LEAD}{_SLIP}(?:{_SEPARATED})?(?:应该|其实)?(?:我?{_MEAN}的)?是?(?P<said>.+)$")
# 「不对，信用卡的」: a complaint about the answer looks alike
_WRONG_THEN = re.compile(
    rf"{_LEAD}(?:{_WRONG})+{_SEPARATED}(?:我?{_MEAN}|应该|其实|是){{0,3}}"
    r"(?P<said>(?![你您这那还也再没都不怎为谢算什]|转?人工|我(?!的)|继续|看看|答非).+)$"
)
# 「查余额，哦不对，查明细」
_TAKEN_BACK = re.compile(
    rf"^(?P<denied>.{{2,40}}?){_SEPARATED}(?:[哦噢啊呃额]*不(?:对|是)|[哦噢]不|{_SLIP})(?:{_SEPARATED}|[哦噢啊]+)"
    rf"(?:应该)?(?:我?{_MEAN}的)?是?(?P<said>.+)$"
)
_PATTERNS = (_NOT_BUT, _MEANT, _SLIPPED, _WRONG_THEN, _TAKEN_BACK)
# 「存款不是贷款」
_AND_NOT = re.compile(r"[,，。 ]*(?:而|可|并)?(?<!是)不是(?P<denied>[^,，。!！?？]+)")
_POINTING = re.compile(
    r"(?:[这那](?:个|些|样|边|里)?|别的|其[他它]的?|另外的?|真的|假的|[我你您他她][的们]?|什么|啥|本人"
    r"|[这那]?个?意思|[啊呀哦的了啦]+)?"
)
_EDGES = " ,，。.!！?？;；:：~…"


@dataclass(frozen=True)
class Part:
    """A piece of a message; ``end`` is exclusive. ``text`` may begin with a subject named further ahead."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Restated:
    """What a correction means instead of what was understood, and what it denies."""

    part: Part
    denied: str | None


def split(text: str) -> list[Part]:
    """Return the message's clauses without greetings, at most four; none where there is only one."""
    if len(text) > MAX_LENGTH:
        return []
    parts = [
        part
        for sentence in _cut(text, 0, _STOP)
        for clause in _clauses(sentence)
        for part in _nouns(clause)
        if _says_something(part.text)
    ]
    return parts[:MAX_CLAUSES] if len(parts) > 1 else []


def restated(text: str) -> Restated | None:
    """Return what is meant instead, where the message is a correction with words of its own."""
    if len(text) > MAX_LENGTH:
        return None
    for pattern in _PATTERNS:
        match = pattern.match(text)
        if match is None:
            continue
        start, end = match.span("said")
        turned = _AND_NOT.search(text, start + 1)
        denied = turned["denied"] if turned else match.groupdict().get("denied")
        part = _trimmed(text, start, turned.start() if turned else end)
        if _says_something(part.text) and not _POINTING.fullmatch(part.text):
            return Restated(part, _named(denied))
    return None


def _named(denied: str | None) -> str | None:
    words = (denied or "").strip(_EDGES)
    return None if _POINTING.fullmatch(words) else words


def _clauses(sentence: Part) -> Iterator[Part]:
    """Cut at connectors, unless one side would be next to nothing (「我还想…」)."""
    start = sentence.start
    for match in _CONNECTOR.finditer(sentence.text):
        left = _trimmed(sentence.text, start - sentence.start, match.start())
        if left.text and len(left.text) < _SHORTEST:
            continue
        if len(sentence.text) - match.end() < _SHORTEST:
            continue
        yield Part(left.text, sentence.start + left.start, sentence.start + left.end)
        start = sentence.start + match.end()
    yield Part(sentence.text[start - sentence.start :], start, sentence.end)


def _nouns(clause: Part) -> Iterator[Part]:
    """Cut 「余额和明细」, not 「我和老公」 nor 「存折和卡有什么区别」."""
    pieces = _cut(clause.text, clause.start, _AND)
    if len(pieces) > 1 and not _COMPARED.search(clause.text) and _are_nouns(pieces):
        yield pieces[0]
        yield from (_with_subject(piece, pieces[0]) for piece in pieces[1:])
    else:
        yield _trimmed(clause.text, 0, len(clause.text), clause.start)


def _with_subject(piece: Part, first: Part) -> Part:
    """「手续费」 after 「转账限额」 is 「转账手续费」."""
    subject = _SUBJECT.search(first.text)
    if subject is None or subject.end() == len(first.text):
        return piece
    if _SUBJECT.search(piece.text) or _STANDS_ALONE.search(piece.text):
        return piece
    return Part(subject[0] + piece.text, piece.start, piece.end)


def _are_nouns(pieces: list[Part]) -> bool:
    first, *others = pieces
    if not _SHORTEST <= len(first.text) <= _NOUN_LEFT or _PERSON_END.search(first.text):
        return False
    return all(
        _SHORTEST <= len(piece.text) <= _NOUN_RIGHT and not _PERSON_BEGIN.match(piece.text)
        for piece in others
    )


def _cut(text: str, offset: int, at: re.Pattern[str]) -> list[Part]:
    parts, start = [], 0
    for match in at.finditer(text):
        parts.append(_trimmed(text, start, match.start(), offset))
        start = match.end()
    parts.append(_trimmed(text, start, len(text), offset))
    return [part for part in parts if part.text]


def _trimmed(text: str, start: int, end: int, offset: int = 0) -> Part:
    while start < end and text[start] in _EDGES:
        start += 1
    while end > start and text[end - 1] in _EDGES:
        end -= 1
    return Part(text[start:end], start + offset, end + offset)


def _says_something(text: str) -> bool:
    return len(text) >= _SHORTEST and not _POLITE.fullmatch(text)
