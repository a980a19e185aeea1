"""Stand-ins for what the actions reach outside of the CRM."""

from datetime import date
from typing import Any

from knowledge_base.articles import Article
from knowledge_base.decision import Answer, Hit, decide
from knowledge_base.other_brands import Institution, OtherBrands


class Codes:
    """Keeps the codes instead of sending them; raises where `broken`."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.broken = False

    def send(self, phone: str, code: str) -> None:
        if self.broken:
            raise ConnectionError("the SMS gateway is down")
        self.sent.append((phone, code))


def article(id_: str, title: str, **fields: Any) -> Article:
    values: dict[str, Any] = {
        "id": id_,
        "title": title,
        "category": "cards",
        "audience": "personal",
        "variants": (),
        "effective": date(2026, 1, 1),
        "review": date(2027, 1, 1),
        "sources": ("《云川银行借记卡业务管理办法》",),
        "related": (),
        "action": None,
        "body": f"{title}的答案。",
    }
    return Article(**values | fields)


class Knowledge:
    """A knowledge base that knows three articles about passwords."""

    def __init__(self) -> None:
        made = [
            article("password-reset", "密码忘了怎么办", related=("password-wrong",), action="card_loss"),
            article("password-wrong", "密码输错被锁怎么办"),
            article("app-password", "手机银行登录密码忘了"),
        ]
        self.brands = OtherBrands()
        self.articles = {one.id: one for one in made}

    def search(self, text: str, k: int = 5) -> list[Hit]:
        found = list(self.articles.values()) if "密码" in text else []
        return [Hit(one, 0.9 - 0.2 * place, one.title) for place, one in enumerate(found)][:k]

    def ask(self, text: str) -> Answer:
        hits = self.search(text)
        if "招商" in text:
            return Answer("unsure", other_brand=Institution("招商银行", "bank", "95555"))
        if not hits:
            return Answer("unsure")
        if "不清楚" in text:
            return Answer("suggest", suggestions=tuple(hit.article for hit in hits))
        return Answer("answer", article=hits[0].article, suggestions=(self.articles["password-wrong"],))

    def related(self, one: Article) -> list[Article]:
        return [self.articles[id_] for id_ in one.related if id_ in self.articles]


class Shelf(Knowledge):
    """A knowledge base that finds what a table says: text → article → score, in this order."""

    def __init__(self, table: dict[str, dict[str, float]], *articles: Article) -> None:
        super().__init__()
        self.articles = {one.id: one for one in articles}
        self.table = table

    def search(self, text: str, k: int = 5) -> list[Hit]:
        titled = [Hit(one, 1.0, text) for one in self.articles.values() if one.title == text]
        found = self.table.get(text, {})
        return [*titled, *(Hit(self.articles[id_], score, text) for id_, score in found.items())][:k]

    def ask(self, text: str) -> Answer:
        brands = self.brands
        return decide(
            self.search(text),
            other_brand=brands.institution(text),
            about_lenders=brands.about_lenders,
            about_wallets=brands.about_wallets,
        )
