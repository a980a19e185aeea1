"""Tells whether a question is about another institution's product, which must not be answered as ours."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from knowledge_base.brand_list import Kind, load_brands, plain

BRANDS_FILE = Path(__file__).parent / "other_brands.yml"
OWN_NAMES = ("云川银行", "云川")
# What a bank's customer says to it, meaning it.
_OWN_WORDS = re.compile(r"你们|贵行|你行|本行|咱们行|咱行|我行")
# 「能在你们这换吗」: where, not whose.
_AT_OURS = re.compile(r"(在|去|来|拿到)(你们|贵行|你行|咱们行|咱行)(银行|网点|柜台|[这那][里儿边]?)?")
_ANOTHER = "他行"
# 「农行卡」 is 「银行卡」 at ours, not a bare 「卡」.
_ITS_CARD = re.compile("卡(?![号片])")

# A customer who may be falling for a fraud is always ours to help.
_FRAUD = re.compile(r"骗|冒充|保证金|解冻费|安全账户|验证码|假冒")

# § stands for the bank. Between two accounts at that bank: nothing of ours.
_WITHIN_ONE_BANK = re.compile(r"§[^§，。？]{0,8}(转|汇|打|到|给|往)[^§，。？]{0,6}§")
# Money between us and one other bank, or our card in its machine: ours to answer.
_BETWEEN_BANKS = re.compile(
    r"(转|汇|打|划|存|还|付)[^§，。？]{0,8}(到|给|往|至|入|进|去)[^§，。？]{0,6}§"
    r"|(到|给|往|向|转|汇|从|由|跨行)§"
    r"|§[^，。？]{0,4}(转|汇|打|划)[^，。？]{0,4}(过来|进来|给我|到我|入我|到这|进我)"
    r"|在§[^，。？]{0,6}(机|atm|柜台)"
    rf"|§[^，。？]{{0,8}}{_AT_OURS.pattern}[^，。？]{{0,8}}(取|存|转|机|atm|还款|缴)"
    r"|§的?(atm|取款机|提款机|自助机|柜员机|机器|自动取款机)[^，。？]{0,8}(取|存|吞)"
    r"|(跨行|他行|其他银行|别的银行)[^，。？]{0,8}§|§[^，。？]{0,4}(算|是|叫)(跨行|他行)|收款行|对方是"
)
# A lender or wallet and our card: charged to it, bound to it.
_OUR_CARD = re.compile(
    r"(扣|代扣|划扣)[^，。？]{0,6}(卡|账户|钱|款)|(卡|账户)[^，。？]{0,8}扣|绑.{0,4}卡|卡.{0,4}绑|解绑"
)

# What a loan elsewhere does to one with us (网贷影响房贷吗).
_AFFECTS_OURS = re.compile(
    r"影响[^，。？]{0,8}(房贷|按揭|车贷|信用卡|征信|银行贷款)|(房贷|按揭|车贷|信用卡)[^，。？]{0,6}影响"
)
# Theirs beside a bank's (存银行还是放余额宝, 跟余额宝一样的产品).
_GAP = "[^，。？]{0,4}"
_OF_BANKS = r"(?:银行(?!卡)|存款|定期|活期|存单|理财|国债|贷款|信用卡)"
_WITH = r"(?:和|跟|与|同)"
_COMPARED = re.compile(
    rf"{_OF_BANKS}[^，。？]{{0,8}}(?:还是|比){_GAP}§|§{_GAP}(?:还是|比)[^，。？]{{0,8}}{_OF_BANKS}"
    rf"|(?:{_OF_BANKS}{_GAP}{_WITH}{_GAP}§|§{_GAP}{_WITH}[^，。？]{{0,8}}{_OF_BANKS}).{{0,8}}(?:哪|区别|不同|更|安全)"
    rf"|(?:{_WITH}|像)§[^，。？]{{0,2}}(?:一样|差不多|类似|那样)"
)
# Theirs used for what is ours (用余额宝还房贷).
_REPAYS_OURS = re.compile(rf"用§{_GAP}(?:还|缴|交){_GAP}(?:房贷|车贷|按揭|贷款|信用卡)")
_OURS_TOO = (_OUR_CARD, _AFFECTS_OURS, _COMPARED, _REPAYS_OURS)
"""What a question that names a lender or wallet asks of us."""

# A lender that nobody has listed: 「粤某贷可以贷款吗」, 「某某贷款是真的吗」, 「绿*贷怎么还款」.
_NO_NAME = "问我你您他她想要能可怎么去来先再不没办了的有吗什哪多少过给和跟这那某从在"
_DOUBTED = "可靠|靠谱|正规|是真|是假|是不是真|是不是骗|客服|人工客服|官网|app"
# What is asked of a lender by its name: 「某某贷上征信吗」, 「某某贷下款要多久」.
_ASKED_OF_LENDERS = (
    "怎么样|好不好|好吗|好用|可信|可靠|靠谱|正规|合法|违法|是真|是假|真的|骗|上征信|上不上征信|多久|几天|下款|放款|到账"
    "|有额度|额度|怎么借|怎么还|怎样还|如何还|还款|还不起|还不上|逾期|催收|能借|借不|客服|官网|app|开?会员|黑户|减免"
    "|申请|初审|审核|通过|的?利息|利率|有人|提现|注销|倒闭|跑路|有只还|可以贷|可以借|$"
)
_UNLISTED = re.compile(
    rf"(?:^|[，。：]|请问)(?P<name>[^\W\d{_NO_NAME}]{{2,7}}贷)(?=款?(?:{_DOUBTED})|(?:可以|怎么|怎样)贷款)"
    rf"|(?P<masked>[^\W\d{_NO_NAME}]\*[^\W\d]{{0,2}}贷(?!款))"
    rf"|(?:^|[，。：,]|请问|在)(?P<asked>[a-z\d]{{0,3}}[^\W\d{_NO_NAME}]{{1,4}}贷网?"
    rf"|[^\W\d{_NO_NAME}]{{2,7}}小额贷)款?(?:{_ASKED_OF_LENDERS})"
)
# Not a name: a verb with its object (算房贷, 停用快贷), or a kind of loan with something before it (老房贷).
_NO_LENDER = re.compile(r"[房车商公装押水税上]贷$|算|买|开|停|扣|帮|解绑|咨询|公司|工资|职|资产|农|规定")

# A text message begins with its sender's name in brackets and speaks to its reader.
_SIGNATURE = re.compile(r"[【\[「『](\w{2,12})[】\]」』]")
_TO_A_CUSTOMER = re.compile(r"您|尊敬|用户|客户|尾号|退订|拒收|回复|点击|https?:|www\.")
_LENDERS_NAME = re.compile(r"\w+(贷|借|贷款|借款|借钱|借条|白条|分期|金融|消费金融|消金)")
# 【个人贷款】 is a heading: a kind of loan and nobody's name.
_KIND_OF_LOAN = re.compile(
    r"(个人|普通|自用|首套|二套|存量|大学生|学生|退休|老人|夫妻|父母|无息|低息|线上|异地|本地|住房|商业|公积金|组合|按揭|二手房|新房|房产|房屋|房|汽车|二手车|车位|车|网络|网上|互联网|网|信用卡|信用"
    r"|消费|经营|小微|小额|大额|企业|商户|现金|账单|国家|助学|抵押|质押|担保|无|存单|保单|装修|创业|农户|惠农|农村|农民|普惠"
    r"|数字|绿色|供应链|科技|快|急用|应急|私人|民间|高利|校园|培训|免息|零|手机|银行|我要|申请|提前|还|借|贷)+"
    r"(贷|借|贷款|借款|借钱|借条|白条|分期|金融|消费金融)"
)


@dataclass(frozen=True, slots=True)
class Institution:
    """Who is meant; ``hotline`` is its public customer service number, where it is known."""

    name: str
    kind: Kind
    hotline: str | None = None


@dataclass(frozen=True, slots=True)
class _Mention:
    start: int
    end: int
    institution: Institution | None  # None: a word that means no bank in particular
    means: str | None  # what the product is at ours; None where the institution itself is named


class OtherBrands:
    """The curated list of other institutions, minus those that are ours by ``own_names``."""

    def __init__(self, path: Path = BRANDS_FILE, own_names: Iterable[str] = OWN_NAMES) -> None:
        """Raises ArticleError when the list cannot be used."""
        self._list = load_brands(path)
        self.about_lenders = tuple(self._list.about_lenders)
        self.about_wallets = tuple(self._list.about_wallets)
        own = {plain(name) for name in own_names}
        self._institutions: dict[str, Institution] = {}
        self._means = {plain(word): ours for word, ours in self._list.words.items()}
        products: set[str] = set()
        for brand in self._list.brands:
            aliases = [plain(alias) for alias in brand.aliases]
            means = {plain(word): ours for word, ours in brand.means.items()}
            if own & {plain(brand.name), *aliases}:
                # Our own products keep their names: our articles call them so.
                own |= set(aliases)
                products |= set(means)
            else:
                known = Institution(brand.name, brand.kind, brand.hotline)
                self._institutions |= dict.fromkeys(aliases, known)
                self._means |= means
        self._own = _longest_first(own)
        self._own_removed = _longest_first(own - products)
        words = [*map(plain, self._list.ordinary), *self._means, *self._institutions]
        self._pattern = re.compile("|".join(map(re.escape, _longest_first(words))))

    def institution(self, text: str) -> Institution | None:
        """Whose product the question is about; None when it is ours to answer.

        Ours are also: money moved between us and one other bank, our card charged by or bound to somebody's
        wallet, and what a loan elsewhere means for one with us. A question that names us as well is ours; in
        another institution's text message 「我行」 is not us.
        """
        folded = plain(text)
        if _FRAUD.search(folded) or any(name in folded for name in self._own):
            return None
        if (sender := self._sender(text)) is not None:
            return sender
        named = [one for one in self._mentions(folded) if one.institution is not None]
        begin = named[0].start if named else len(folded)
        if _OWN_WORDS.search(folded[:begin] + _AT_OURS.sub("", folded[begin:])):
            return None
        if not named:
            return _unlisted(folded)
        first = named[0].institution
        assert first is not None
        if len({one.institution for one in named}) > 1:
            return first
        marked = _replaced(folded, [one for one in named if one.means is None], "§")
        if first.kind == "lender":
            return None if any(ours.search(marked) for ours in _OURS_TOO) else first
        theirs = _WITHIN_ONE_BANK.search(marked) or not _BETWEEN_BANKS.search(marked)
        return first if theirs else None

    def neutral(self, text: str) -> str:
        """The question as a customer of ours would put it, for comparing questions.

        Our names and the name of the bank it is about are left out, any other bank is called 他行, and
        products are called what they are at ours. Lenders keep their names.
        """
        folded = plain(text)
        for name in self._own_removed:
            folded = folded.replace(name, "")
        about = self.institution(text)
        for one in reversed(self._mentions(folded)):
            rest = folded[one.end :]
            if one.means is not None:
                word = "" if rest.startswith(one.means) else one.means
            elif one.institution is None or one.institution.kind == "lender":
                continue
            elif one.institution == about:
                word = "银行" if _ITS_CARD.match(rest) else ""
            else:
                word = _ANOTHER
            folded = folded[: one.start] + word + rest
        return folded

    def names(self) -> set[str]:
        """The names of all institutions of the list."""
        return {brand.name for brand in self._list.brands}

    def as_ours(self, text: str, brand: str, ours: str) -> str:
        """The text with that institution's names replaced by ``ours``, its products by what they are at ours.

        For measuring with questions that were put to another bank. Raises KeyError for an unknown name.
        """
        known = {one.name: one for one in self._list.brands}[brand]
        words = dict.fromkeys(map(plain, known.aliases), ours)
        words |= {plain(word): meaning for word, meaning in known.means.items()}
        words |= {plain(word): meaning for word, meaning in self._list.words.items()}
        kept = dict.fromkeys(map(plain, self._list.ordinary), "")
        pattern = re.compile("|".join(map(re.escape, _longest_first([*words, *kept]))), re.IGNORECASE)
        folded = unicodedata.normalize("NFKC", text)
        return pattern.sub(lambda match: words.get(match[0].lower(), match[0]), folded)

    def _sender(self, text: str) -> Institution | None:
        """Whose text message was pasted in, by its signature."""
        folded = unicodedata.normalize("NFKC", text).strip()
        signature = _SIGNATURE.match(folded)
        if signature is None or not _TO_A_CUSTOMER.search(folded, signature.end()):
            return None
        name = signature[1]
        known = [one.institution for one in self._mentions(plain(name)) if one.institution is not None]
        if known:
            return known[0]
        a_firm = _LENDERS_NAME.fullmatch(name) and not _KIND_OF_LOAN.fullmatch(name)
        return Institution(name, "lender") if a_firm else None

    def _mentions(self, folded: str) -> list[_Mention]:
        found = []
        for match in self._pattern.finditer(folded):
            word = match.group()
            institution, means = self._institutions.get(word), self._means.get(word)
            if institution is not None or means is not None:
                found.append(_Mention(match.start(), match.end(), institution, means))
        return found


def _unlisted(folded: str) -> Institution | None:
    """A lender by the form of its name and of the question."""
    found = _UNLISTED.search(folded)
    if found is None or (found["asked"] and _NO_LENDER.search(found["asked"])):
        return None
    name = found["name"] or found["masked"] or found["asked"]
    return None if _KIND_OF_LOAN.fullmatch(name) else Institution(name, "lender")


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted(words, key=lambda word: (-len(word), word))


def _replaced(text: str, mentions: list[_Mention], mark: str) -> str:
    for one in reversed(mentions):
        text = text[: one.start] + mark + text[one.end :]
    return text
