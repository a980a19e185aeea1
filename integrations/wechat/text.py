"""How our texts become WeChat's: no Markdown, links as elements, messages of limited size.

WeChat counts the bytes of UTF-8; a text that is too long is refused (45002). It shows Markdown as it stands
and understands only `<a href="…">`.
"""

from collections.abc import Iterable

import regex

LIMIT = 2000
"""Longest text message we send, in bytes of UTF-8 (custom/send takes 2048)."""
MOST_PARTS = 4
"""Messages that one answer may take: one of the five that WeChat allows is kept in reserve."""
_SHORTEST_LIMIT = 16
_ELLIPSIS = "…"
_GAP = "\n\n"

_FORBIDDEN = regex.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")

_FENCE = regex.compile(r"\s{0,3}```[^`]*")
_RULE = regex.compile(r"\s*(?:-{3,}|={3,}|\*{3}|_{3}|(?:[-*_] ){2,}[-*_])\s*")
_UNDER_HEAD = regex.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)+\s*(?::?-+:?)?\s*")
_ROW = regex.compile(r"\s*\|(.+)\|\s*")
_HEADING = regex.compile(r"^\s{0,3}#{1,6}\s+(.*?)(?:\s+#+)?\s*$")
_QUOTE = regex.compile(r"^(?:> )+")
_BULLET = regex.compile(r"^(\s*)[-*+]\s+(?=\S)")
_NUMBER = regex.compile(r"^(\s*)(\d{1,3})[.)]\s+(?=\S)")

_ELEMENT = r"<a\s[^<>]*>[^<>]*</a>"
_ATOM = regex.compile(
    r"\\(?P<escaped>[\\`*_#\[\]|])"
    r"|(?P<ticks>`{1,3})(?P<code>[^`\n]+)(?P=ticks)"
    rf"|(?P<element>{_ELEMENT})"
    r"|!?\[(?P<label>[^\[\]\n]{0,300})\]"
    r"\((?P<target>(?:https?://|weixin://|[/#.]|[a-z]+:)(?:[!-'*-~]|\p{Han}|\([^\s()]*\))*+)(?:\s+\"[^\"\n]*\")?\)"
    r"|<(?P<auto>https?://[^\s<>]+)>"
    r"|(?P<url>https?://[^\s\p{Han}*`\"<>“”（）《》「」，。；：！？、\x00]+)"
)
_HELD = regex.compile(r"\x00(\d+)\x00")
# Masks are no emphasis: 林**，  林**和王**，  622999**1234,  6229 **** 1234,  按“*”键.
_EMPHASIS = (
    regex.compile(
        r"(?<!\*)(\*{2,3})(?![\s*])(?:(?<=(?:^|\s|(?!\*)\p{P})\*+)|(?![\p{Po}\p{Pe}\p{Pf}]))(?!(?<=\d\*+)\d)"
        r"(?![和与及跟或给向对]\p{Han}{1,2}\*)(.{1,120}?)(?<![\s*])\1(?!\*)"
    ),
    regex.compile(
        r"(?<![^\s\p{P}])(?<!\*)(\*)(?![\s\p{Po}\p{Pe}\p{Pf}])([^*\n]{1,120}?)(?<!\s)\*(?![^\s\p{P}]|\*)"
    ),
    regex.compile(r"(?<!\w)(__?)(?![\s_])([^_\n]{1,120}?)(?<!\s)\1(?!\w)"),
)
_BLANK_LINES = regex.compile(r"\n{3,}")

_CLUSTER = regex.compile(rf"{_ELEMENT}|\X")
_SENTENCE_ENDS = frozenset("。！？；!?;…")
_CLOSERS = frozenset("”’」』）)】》\"'")


def xml_safe(text: str) -> str:
    """The text without the characters that XML 1.0 forbids (NUL and most controls, lone surrogates)."""
    return _FORBIDDEN.sub("", text)


def plain(text: str) -> str:
    """The text as WeChat shows it: Markdown taken off, `[a](b)` as an element, tables as lines.

    What is no Markdown stays as it is, masks (`林**`, `139****0001`) too; only line ends are unified, and
    empty lines at the ends or beyond one in a row go.
    """
    lines: list[str] = []
    fenced = False
    for line in xml_safe(text).replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if _FENCE.fullmatch(line):
            fenced = not fenced
        elif fenced or not _UNDER_HEAD.fullmatch(line):
            lines.append(line if fenced else _inline(_block(line)))
    return _BLANK_LINES.sub(_GAP, "\n".join(line.rstrip() for line in lines)).strip("\n")


def split(text: str, limit: int = LIMIT, most: int = MOST_PARTS) -> list[str]:
    """The text in at most `most` parts of at most `limit` bytes, 16 or more.

    Cuts after a paragraph, else a line, else a sentence, else between characters as people see them; a link
    is never cut unless it alone is over the limit. White space at a cut goes. Where even that many parts
    are too few the last one ends with ….
    """
    if limit < _SHORTEST_LIMIT or most < 1:
        raise ValueError("no room for a part")
    parts: list[str] = []
    rest = _clusters(text.strip(), limit)
    while rest:
        left = most - len(parts) - 1
        if left == 0 and _weight(rest) > limit:
            end = _cut(rest, limit - _bytes(_ELLIPSIS), limit // 2)
            return [*parts, "".join(rest[:end]).rstrip() + _ELLIPSIS]
        # A part is filled at least by half, and as far as the later parts can't take the rest.
        needed = _weight(rest) - left * limit
        end = _cut(rest, limit, needed if limit // 2 < needed <= limit else limit // 2)
        parts.append("".join(rest[:end]).rstrip())
        while end < len(rest) and rest[end].isspace():
            end += 1
        rest = rest[end:]
    return parts


def _block(line: str) -> str:
    if _RULE.fullmatch(line):
        return ""
    row = _ROW.fullmatch(line)
    if row:
        return "　".join(cell.strip() for cell in regex.split(r"(?<!\\)\|", row[1]) if cell.strip())
    line = _QUOTE.sub("", line)
    line = _HEADING.sub(r"\1", line)
    return _NUMBER.sub(r"\1\2. ", _BULLET.sub(r"\1· ", line))


def _inline(line: str) -> str:
    held: list[str] = []

    def hold(found: regex.Match[str]) -> str:
        held.append(_atom(found))
        return f"\x00{len(held) - 1}\x00"

    line = _without_emphasis(_ATOM.sub(hold, line))
    return _HELD.sub(lambda found: held[int(found[1])], line)


def _atom(found: regex.Match[str]) -> str:
    if found["label"] is not None:
        return _link(_without_emphasis(found["label"]), found["target"])
    return next(found[name] for name in ("escaped", "code", "element", "auto", "url") if found[name])


def _link(label: str, target: str) -> str:
    if not target.startswith(("http://", "https://", "weixin://")):
        return f"{label}（{target}）" if label else target
    target = target.replace('"', "%22").replace("<", "%3C").replace(">", "%3E")
    label = label.strip().replace("<", "＜").replace(">", "＞")
    return f'<a href="{target}">{label}</a>' if label else target


def _without_emphasis(line: str) -> str:
    for pattern in _EMPHASIS:
        line = pattern.sub(r"\2", line)
    return line


def _clusters(text: str, limit: int) -> list[str]:
    found: list[str] = []
    for cluster in _CLUSTER.findall(text):
        # Nothing legible is that big: it may as well be cut anywhere.
        found.extend([cluster] if _bytes(cluster) <= limit - _bytes(_ELLIPSIS) else cluster)
    return found


def _cut(clusters: list[str], limit: int, floor: int) -> int:
    """How many clusters go into the next part: up to the best boundary between `floor` and `limit` bytes."""
    size, best, end = 0, -1, 0
    for index, cluster in enumerate(clusters):
        size += _bytes(cluster)
        if size > limit:
            return end
        rank = _rank(clusters, index) if size >= floor else -1
        if rank >= best:
            best, end = rank, index + 1
    return len(clusters)


def _rank(clusters: list[str], index: int) -> int:
    """How good a place to cut its end is: 3 after a paragraph, 2 a line, 1 a sentence, 0 elsewhere."""
    cluster = clusters[index]
    if cluster == "\n":
        return 3 if index and clusters[index - 1] == "\n" else 2
    following = clusters[index + 1] if index + 1 < len(clusters) else ""
    if following in _SENTENCE_ENDS or following in _CLOSERS:
        return 0
    while index and clusters[index] in _CLOSERS:
        index -= 1
    return int(clusters[index] in _SENTENCE_ENDS)


def _weight(clusters: Iterable[str]) -> int:
    return sum(_bytes(cluster) for cluster in clusters)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
