"""The base of every action: one call is one transaction, and ends in time."""

import asyncio
from abc import ABC, abstractmethod
from functools import lru_cache
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions import context
from actions.context import KnowledgeBase, Services
from actions.incoming import ENQUIRY, Incoming
from actions.offer_words import RECOMMENDATION, said_of_offers
from actions.products import said_by_name
from actions.turn import REQUESTED_SLOT, Speaker, Turn
from knowledge_base.question_text import fold

ASKING = (ENQUIRY, "nlu_fallback", "out_of_scope")
"""Intents whose message is looked up in the knowledge base."""


class BankAction(Action, ABC):  # type: ignore[misc]  # rasa_sdk ships no type information
    """Runs `perform` in one transaction on a worker thread.

    An exception leaves the action: nothing is committed, the bot's channel reports a failed turn and
    the app repeats it. So whatever `perform` does must be done once for each `turn.source_key`.
    """

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Called by the action endpoint. Raises TimeoutError after `settings.action_seconds`."""
        services = context.services()
        work = asyncio.to_thread(self._in_transaction, services, dispatcher, tracker)
        return await asyncio.wait_for(work, services.settings.action_seconds)

    @abstractmethod
    def perform(self, turn: Turn, speak: Speaker) -> None:
        """Do the work: change the CRM through its services, set slots on `turn`, `speak`."""

    def questions(self, incoming: Incoming, slots: dict[str, Any]) -> list[str]:
        """What is looked up in the knowledge base before `perform`: nobody's write waits for a search."""
        return [incoming.text] if incoming.intent in ASKING else []

    def _in_transaction(
        self, services: Services, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> list[EventType]:
        incoming = Incoming.from_tracker(tracker)
        if is_title(services.search, incoming.text):
            incoming = incoming.naming_an_article()
        elif intent := said_by_name(incoming.text) or _said_of_offers(incoming.text, tracker.slots):
            incoming = incoming.about_product(intent)
        answers = {text: services.search.ask(text) for text in self.questions(incoming, tracker.slots)}
        with services.database.transaction() as session:
            turn = Turn.open(services, session, incoming, tracker.slots, answers)
            self.perform(turn, Speaker(dispatcher))
        return turn.events()


def is_title(knowledge: KnowledgeBase, text: str) -> bool:
    """Whether a text is an article's title."""
    said = _folded(text)
    return bool(said) and any(_folded(article.title) == said for article in knowledge.articles.values())


def _said_of_offers(text: str, slots: dict[str, Any]) -> str | None:
    """What a few words mean right after the cards of a recommendation; inside a form they are its answer."""
    last = (slots.get("awaiting") or {}).get("value")
    after_cards = last == RECOMMENDATION and slots.get("offers") and not slots.get(REQUESTED_SLOT)
    return said_of_offers(text) if after_cards else None


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    return fold(text)
