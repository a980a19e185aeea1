"""Brings a question into the form in which questions are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

Normalise = Callable[[str], str]
"""Brings a question into the form in which it is compared."""

# Words that customers put around a question and that say nothing about its subject. Our own bank's names are
# among them: every article is about this bank.
_FILLERS = re.compile(
    r"我?想(?:咨询|问)(?:一下|下|问)|请问一下|请问|您好|你好|麻烦问一下|麻烦问下|问一下|问下|咨询一下|咨询下|麻烦|"
    r"帮我看一下|帮我看下|谢谢|急急+|在吗|亲+(?!属|自|人)|"
    r"云川银行|云川|你们银行|你们行|贵行|你行|咱们行|咱们银行|本行|你们那里|你们那儿|你们"
)
_LEADING = re.compile(
    r"^(我想知道|我想了解|我想问|想知道|想了解|我要问|那么|那个|那|就是|然后|"
    r"但是|可是|还有|嗯+|哦+|啊+)"
)
_TRAILING = re.compile(r"(啊|呀|呢|吧|哦|哈|嘛|喔|哇|诶|了吗|吗)+$")
_NUMERALS = str.maketrans({"Ⅰ": "一", "Ⅱ": "二", "Ⅲ": "三"})


def fold(text: str) -> str:
    """Full-width to half-width, lower case, and nothing but letters, digits and Chinese characters.

    Two questions with the same folded text are the same question.
    """
    plain = unicodedata.normalize("NFKC", text.translate(_NUMERALS)).lower()
    return "".join(char for char in plain if char.isalnum())


def condense(text: str) -> str:
    """The folded question without politeness, our own bank's names and sentence particles.

    Falls back to the folded text when nothing would be left.
    """
    folded = fold(text)
    short = _FILLERS.sub("", folded)
    short = _TRAILING.sub("", _LEADING.sub("", short))
    return short or folded
