"""挂失: freeze a lost or stolen card at once."""

import re
from collections.abc import Sequence

from actions.answers import found_again, is_no, is_yes, means_all, tail_in
from actions.cards import card_buttons, card_label
from actions.forms import CANCEL, Form
from actions.handoff import hand_over
from actions.submit import Submit
from actions.topic import Topic, start_form
from actions.turn import Buttons, Speaker, Turn, button
from integrations.crm.customers import service as customers
from integrations.crm.models import Card
from integrations.crm.tickets import service as tickets

_STOLEN = re.compile(r"偷|盗|抢|扒")
_NOT_NOW = re.compile(r"(?:不|别)(?:要|用|想|急着)?(?:帮我|给我)?挂")
_TAKEN_BACK = re.compile(r"不对|错了|说错|弄错|哦不")
_NOT_THIS = re.compile(r"不是(?:尾号)?\s?$")
_KINDS = {"储蓄卡": "debit", "信用卡": "credit"}


class CardLoss(Topic):
    """我的卡丢了"""

    intent = "card_loss"
    ours_only = True
    level = "verified"

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Choose a card, unless there is none left to freeze."""
        if not active_cards(turn):
            speak.say("utter_card_loss_nothing_to_freeze", hotline=turn.services.settings.hotline)
        else:
            start_form(turn, CardLossForm.form_name())

    def needs_verification(self, turn: Turn, speak: Speaker) -> None:
        """Every minute counts: the hotline and a person first, then the verification."""
        speak.say("utter_card_loss_urgent", hotline=turn.services.settings.hotline)


class CardLossForm(Form):
    """Which card, and are you sure."""

    intent = "card_loss"
    slots = ("card_loss_cards", "card_loss_confirmed", "card_loss_reason")
    refusable = ("card", "confirm")

    def fill(self, turn: Turn, speak: Speaker) -> None:
        """The card that was named, or the only one there is."""
        turn.set("card_loss_reason", "stolen" if _STOLEN.search(turn.text) else "lost")
        turn.set("card_loss_cards", named_cards(turn, sole=True))

    def next_question(self, turn: Turn) -> str | None:
        """The card, then the confirmation."""
        if not turn.slot("card_loss_cards"):
            return "card"
        return None if turn.slot("card_loss_confirmed") else "confirm"

    def ask(self, turn: Turn, speak: Speaker, question: str) -> None:
        """The confirmation names the cards."""
        if question == "confirm":
            speak.say("utter_question_card_loss_form_confirm", cards=labels(chosen(turn, "card_loss_cards")))
        else:
            super().ask(turn, speak, question)

    def buttons(self, turn: Turn, question: str) -> Buttons:
        """The customer's cards."""
        cards = active_cards(turn)
        return [*card_buttons(cards), *([button("全部挂失")] if len(cards) > 1 else [])]

    def gives_up(self, turn: Turn, question: str) -> bool:
        """The card has turned up, or the customer wants to wait."""
        waits = bool(_NOT_NOW.search(turn.text)) and not named_cards(turn)
        return super().gives_up(turn, question) or found_again(turn.text) or waits

    def understands(self, turn: Turn, question: str) -> bool:
        """Naming a card answers, whatever the intent."""
        return question == "card" and bool(named_cards(turn))

    def take(self, turn: Turn, speak: Speaker, question: str) -> bool:
        """A card of the customer; yes or no."""
        if question == "card":
            cards = named_cards(turn)
            turn.set("card_loss_cards", cards)
            return bool(cards) or unknown_tail(turn, speak)
        if is_yes(turn) or ("挂失" in turn.text and "不" not in turn.text and not named_cards(turn)):
            turn.set("card_loss_confirmed", True)
        elif is_no(turn):
            turn.set("form_exit", CANCEL)
        else:
            return False
        return True

    def correct(self, turn: Turn, speak: Speaker, question: str) -> bool:
        """Another card than the one to be confirmed; a card that isn't theirs is asked again."""
        cards = named_cards(turn)
        if question != "confirm" or not (cards or unknown_tail(turn, speak)):
            return False
        turn.set("card_loss_cards", cards)
        return True


class CardLossSubmit(Submit):
    """Freeze, give a receipt, say what comes next."""

    form = CardLossForm

    def submit(self, turn: Turn, speak: Speaker) -> None:
        """Freezing twice changes nothing, and one message opens one ticket."""
        cards = chosen(turn, "card_loss_cards")
        reason = turn.slot("card_loss_reason") or "lost"
        for card in cards:
            customers.freeze_card(turn.session, card, reason, turn.now, actor="customer")
        ticket = tickets.open_ticket(
            turn.session,
            kind="card_loss",
            source_key=turn.source_key("card_loss"),
            customer_id=turn.verified_customer.id,
            conversation_id=turn.conversation.id,
            title=f"挂失{labels(cards)}",
            details={"cards": [card.id for card in cards], "reason": reason},
            now=turn.now,
        )
        speak.say("utter_card_loss_done", cards=labels(cards), number=ticket.number)
        speak.say("utter_card_loss_next")

    def cancelled(self, turn: Turn, speak: Speaker) -> None:
        """Say plainly that the card still works."""
        speak.say("utter_card_loss_cancelled")

    def to_person(self, turn: Turn, speak: Speaker) -> None:
        """A person for a lost card is urgent."""
        hand_over(turn, speak, "card_loss")


def active_cards(turn: Turn) -> list[Card]:
    """The verified customer's cards that can still be used. Raises PermissionError for anyone else."""
    cards = customers.cards_of(turn.session, turn.verified_customer.id)
    return [card for card in cards if card.status == "active"]


def named_cards(turn: Turn, *, sole: bool = False) -> list[int]:
    """Ids of the active cards that the message names by digits, place or kind, or all of them.

    With `sole` the only card there is counts as named.
    """
    cards = active_cards(turn)
    tails = _tails(turn)
    if tails:
        named = [card for card in cards if card.tail in tails]
        return [card.id for card in _of_kind(turn, named) or named]
    if means_all(turn):
        return [card.id for card in _of_kind(turn, cards) or cards]
    place = turn.entity("ordinal")
    if isinstance(place, int) and (place == -1 or 1 <= place <= len(cards)):
        return [cards[place - 1 if place > 0 else -1].id]
    of_kind = _of_kind(turn, cards)
    if len(of_kind) == 1:
        return [of_kind[0].id]
    return [cards[0].id] if sole and len(cards) == 1 else []


def unknown_tail(turn: Turn, speak: Speaker) -> bool:
    """Say so where the message names a card that can't be frozen or isn't the customer's."""
    tail = tail_in(turn)
    if tail is not None:
        speak.say("utter_card_not_found", tail=tail)
    return tail is not None


def chosen(turn: Turn, slot: str) -> list[Card]:
    """The cards of a slot, once more checked to be the verified customer's own."""
    ids = set(turn.slot(slot) or [])
    return [card for card in customers.cards_of(turn.session, turn.verified_customer.id) if card.id in ids]


def labels(cards: Sequence[Card]) -> str:
    """Cards in a sentence."""
    return "、".join(card_label(card) for card in cards)


def _tails(turn: Turn) -> list[str]:
    """The digits that hold: 「6688，不对，是1024」 means the second, 「不是6688是1024」 too."""
    since = max((match.end() for match in _TAKEN_BACK.finditer(turn.text)), default=0)
    tails = [item for item in turn.entities if item.get("entity") == "card_tail"]
    places = [(item.get("start", len(turn.text)), str(item["value"])) for item in tails]
    kept = [tail for start, tail in places if start >= since and not _NOT_THIS.search(turn.text[:start])]
    return kept or [tail for _, tail in places]


def _of_kind(turn: Turn, cards: Sequence[Card]) -> list[Card]:
    # 「银行卡」 means any card, though the vocabulary files it under debit cards.
    kinds = {_KINDS[line] for line in turn.all_entities("product_line") if line in _KINDS}
    if "银行卡" in turn.text:
        kinds.discard("debit")
    return [card for card in cards if card.kind in kinds]
