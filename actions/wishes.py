"""What a message wants where that is more than one thing. Pure but for the search, which is done before."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from actions.answers import asks
from actions.incoming import ENQUIRY, Clause
from actions.service_titles import CONFIDENT, SERVICES, URGENT
from actions.turn import Turn, button
from integrations.crm.conversations.handoff_request import asks_for_person
from knowledge_base.decision import Answer

_SURELY_URGENT = 0.8  # of a clause that nothing sets apart as a wish of its own
_STORY = 40  # characters: a longer complaint tells what happened, every clause of it
_AND = re.compile(r"\s*[和跟、]\s*")
_JOINT = re.compile(r"另外|此外|顺便|顺带|然后|再|以及|同时|还|对了|[和跟、]")
_SHORT_QUESTION = 5  # characters: 「要收费吗」 belongs to the question before it


@dataclass(frozen=True)
class Wish:
    """A service, or a question with what the knowledge base has for it."""

    clause: Clause
    answer: Answer | None = None

    @property
    def article(self) -> str | None:
        """The id of the article that answers it."""
        article = self.answer.likeliest if self.answer else None
        return article.id if article else None

    def same_as(self, other: "Wish") -> bool:
        """Whether one answer serves both: the same service, article, or the article about the service."""
        if self.answer is None and other.answer is None:
            return self.clause.intent == other.clause.intent
        if self.answer is not None and other.answer is not None:
            return self.article is None or other.article is None or self.article == other.article
        asked, service = (self, other) if self.answer else (other, self)
        article = asked.answer.likeliest if asked.answer else None
        return article is not None and article.action == service.clause.intent


def candidates(clauses: tuple[Clause, ...]) -> list[Clause]:
    """The clauses that may be wishes; none where fewer than two are."""
    wanted = [
        clause
        for clause in clauses
        if clause.confidence >= CONFIDENT and (clause.intent == ENQUIRY or clause.intent in SERVICES)
    ]
    return wanted if len(wanted) > 1 else []


def wishes(turn: Turn) -> list[dict[str, Any]]:
    """What the message wants as messages of their own, in order; none where it is to be served as a whole.

    Something urgent comes first, with all that was said.
    """
    if turn.attachments:
        return []
    joined = _joined(turn)
    urgent = _urgent(turn, joined)
    if urgent is None:
        return [] if len(joined) < 2 or _is_story(turn) else list(_messages(turn, joined))
    others = [wish for wish in joined if wish.clause.intent != urgent]
    if not others and urgent == turn.intent:
        return []
    return [turn.remember() | {"intent": urgent}, *_messages(turn, others)]


def urgent_reason(turn: Turn) -> str | None:
    """Fraud or a lost card in a part of the message, whatever it is as a whole."""
    told = {clause.intent for clause in turn.incoming.clauses if clause.confidence >= _SURELY_URGENT}
    return next((urgent for urgent in URGENT if urgent in told and urgent != "human"), None)


def _urgent(turn: Turn, joined: list[Wish]) -> str | None:
    """The most urgent thing in the message. A complaint tells much that only sounds like it."""
    if turn.intent == "complaint" and turn.confidence >= CONFIDENT:
        return None
    told = {wish.clause.intent for wish in joined} | {
        clause.intent
        for clause in turn.incoming.clauses
        if clause.confidence >= _SURELY_URGENT and not asks(clause.text)
        if clause.intent != "human" or asks_for_person(clause.text)
    }
    if turn.confidence >= CONFIDENT:
        told.add(turn.intent)
    return next((urgent for urgent in URGENT if urgent in told), None)


def _is_story(turn: Turn) -> bool:
    told = any(clause.intent == "complaint" for clause in candidates(turn.incoming.clauses))
    return (told or turn.intent == "complaint") and (
        len(turn.incoming.clauses) > 2 or len(turn.text) > _STORY
    )


def _joined(turn: Turn) -> list[Wish]:
    """The first wish, and those that are set beside it by plain words or as questions of their own."""
    wanted, clauses = candidates(turn.incoming.clauses), turn.incoming.clauses
    found: list[Wish] = []
    for before, clause in zip((None, *clauses), clauses, strict=False):
        if clause not in wanted:
            continue
        wish = Wish(clause, turn.look_up(clause.text) if clause.intent == ENQUIRY else None)
        if wish.answer is not None and wish.answer.kind == "unsure":
            continue
        if any(wish.same_as(other) for other in found):
            continue
        if not found or (before is not None and _are_joined(turn, before, found[-1], wish)):
            found.append(wish)
    return found if len(found) > 1 else []


def _are_joined(turn: Turn, before: Clause, last: Wish, wish: Wish) -> bool:
    between = turn.text[before.end : wish.clause.start]
    if _AND.fullmatch(between):
        return not _is_one_question(turn, last, wish)
    return bool(_JOINT.search(between)) or (_asks(turn, last) and _asks(turn, wish))


def _is_one_question(turn: Turn, last: Wish, wish: Wish) -> bool:
    """「年费和利息的优惠」: an article of its own answers both."""
    if last.answer is None or wish.answer is None or turn.found is None or turn.found.article is None:
        return False
    return turn.found.article.id not in (last.article, wish.article)


def _asks(turn: Turn, wish: Wish) -> bool:
    clause = wish.clause
    marked = turn.text[clause.end : clause.end + 1] in ("?", "？")
    return len(clause.text) >= _SHORT_QUESTION and (marked or asks(clause.text))


def _messages(turn: Turn, joined: list[Wish]) -> Iterator[dict[str, Any]]:
    for wish in joined:
        clause, article = wish.clause, wish.answer.likeliest if wish.answer else None
        # Whether this customer may see a product is checked when it is shown: no title before.
        if article is not None and article.product is not None:
            article = None
        title = article.title if article else SERVICES.get(clause.intent, clause.text)
        yield {
            "text": clause.text,
            "intent": clause.intent,
            "entities": _entities(turn, wish, joined),
            "message": turn.message_id,
            "button": button(title, title if article else clause.text),
        }


def _entities(turn: Turn, wish: Wish, joined: list[Wish]) -> list[dict[str, Any]]:
    """Those of the clause and those that stand in no wish; a card that was named counts for all."""
    own = turn.entities_in(wish.clause)
    named = {item["entity"] for item in own}
    places = [one.clause for one in joined]
    shared = [
        {"entity": item["entity"], "value": item["value"]}
        for item in turn.entities
        if item["entity"] not in named
        and (
            item["entity"] == "card_tail"
            or not any(place.start <= item["start"] < place.end for place in places)
        )
    ]
    return own + shared
