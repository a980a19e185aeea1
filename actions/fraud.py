"""被骗、盗刷: stop the loss first, then a person, then the rest."""

from actions.answers import is_no, is_skip, is_yes
from actions.card_loss import active_cards, chosen, labels, named_cards, unknown_tail
from actions.cards import card_buttons
from actions.forms import Form
from actions.handoff import hand_over
from actions.submit import Submit
from actions.topic import Topic, start_form
from actions.turn import Buttons, Speaker, Turn, button
from integrations.crm.customers import service as customers
from integrations.crm.tickets import service as tickets

NONE = "none"


class Fraud(Topic):
    """我被骗了"""

    intent = "fraud"
    level = "verified"

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """What to do this minute, then which cards to freeze."""
        speak.say("utter_fraud_first", hotline=turn.services.settings.hotline)
        start_form(turn, FraudForm.form_name())

    def needs_verification(self, turn: Turn, speak: Speaker) -> None:
        """The hotline, the police and a person before any question."""
        speak.say("utter_fraud_urgent", hotline=turn.services.settings.hotline)


class FraudForm(Form):
    """Which cards to freeze, and are you sure."""

    intent = "fraud"
    slots = ("fraud_cards", "fraud_confirmed", "fraud_story", "fraud_amount")

    def fill(self, turn: Turn, speak: Speaker) -> None:
        """What was said is the beginning of the report."""
        turn.set("fraud_story", turn.text)
        turn.set("fraud_amount", turn.entity("amount"))
        turn.set("fraud_cards", (named_cards(turn) or None) if active_cards(turn) else NONE)

    def next_question(self, turn: Turn) -> str | None:
        """The cards, then the confirmation; nothing where nothing is to be frozen."""
        cards = turn.slot("fraud_cards")
        if not cards:
            return "cards"
        return None if cards == NONE or turn.slot("fraud_confirmed") else "confirm"

    def ask(self, turn: Turn, speak: Speaker, question: str) -> None:
        """The confirmation names the cards."""
        if question == "confirm":
            speak.say("utter_question_fraud_form_confirm", cards=labels(chosen(turn, "fraud_cards")))
        else:
            super().ask(turn, speak, question)

    def buttons(self, turn: Turn, question: str) -> Buttons:
        """All cards first: in doubt, everything is frozen."""
        cards = active_cards(turn)
        every = [button("全部冻结")] if len(cards) > 1 else []
        return [*every, *card_buttons(cards), button("先不冻结")]

    def understands(self, turn: Turn, question: str) -> bool:
        """Naming a card answers, whatever the intent."""
        return question == "cards" and bool(named_cards(turn))

    def take(self, turn: Turn, speak: Speaker, question: str) -> bool:
        """Cards or none; yes or no. A no freezes nothing, yet the report goes on."""
        cards = named_cards(turn)
        refused = is_no(turn) or is_skip(turn) or "不冻结" in turn.text or "不用冻" in turn.text
        if question == "cards" and (cards or refused):
            turn.set("fraud_cards", NONE if refused else cards)
        elif question == "confirm" and (is_yes(turn) or ("冻结" in turn.text and not refused)):
            turn.set("fraud_confirmed", True)
        elif question == "confirm" and refused:
            turn.set("fraud_cards", NONE)
        else:
            return question == "cards" and unknown_tail(turn, speak)
        return True

    def correct(self, turn: Turn, speak: Speaker, question: str) -> bool:
        """Other cards than those to be confirmed."""
        cards = named_cards(turn)
        if question != "confirm" or not cards:
            return False
        turn.set("fraud_cards", cards)
        return True


class FraudSubmit(Submit):
    """Freeze, report, put the customer first in the queue."""

    form = FraudForm

    def submit(self, turn: Turn, speak: Speaker) -> None:
        """Each step changes nothing when it runs twice."""
        cards = [] if turn.slot("fraud_cards") == NONE else chosen(turn, "fraud_cards")
        for card in cards:
            customers.freeze_card(turn.session, card, "fraud", turn.now, actor="customer")
        ticket = tickets.open_ticket(
            turn.session,
            kind="fraud",
            source_key=turn.source_key("fraud"),
            customer_id=turn.verified_customer.id,
            conversation_id=turn.conversation.id,
            title=(turn.slot("fraud_story") or "")[:40],
            details={
                "story": turn.slot("fraud_story"),
                "amount": turn.slot("fraud_amount"),
                "frozen": [card.id for card in cards],
            },
            now=turn.now,
        )
        tickets.link_attachments(turn.session, ticket)
        if cards:
            speak.say("utter_fraud_frozen", cards=labels(cards), number=ticket.number)
        else:
            speak.say("utter_fraud_reported", number=ticket.number)
        speak.say("utter_fraud_advice")
        hand_over(turn, speak, "fraud")

    def to_person(self, turn: Turn, speak: Speaker) -> None:
        """First in the queue."""
        hand_over(turn, speak, "fraud")
