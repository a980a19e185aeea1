"""Verification in the chat: phone, last four digits of a card, one-time code.

Whatever is typed, the wording is the same for a customer and for a stranger: nobody learns here whose
phone number the bank knows. Only someone whom the bank's own site has already named is told that the
digits don't fit. The code itself never reaches the bot: the app checks it when the message arrives and
leaves 「［验证码］」, so this form reads the challenge's outcome.
"""

import re
from datetime import datetime, timedelta

from actions.answers import digits_in, found_again, holds_code, is_correction, phone_in, tail_in
from actions.forms import Form
from actions.handoff import hand_over, reason_for
from actions.service_titles import URGENT
from actions.submit import Submit
from actions.topic import Topic, serve, serve_rest, start_form, topic
from actions.turn import Speaker, Turn
from integrations.crm.conversations import repository
from integrations.crm.conversations.verification import VerificationLocked, locked_until, start_challenge
from integrations.crm.customers import service as customers
from integrations.crm.models import Message, VerificationChallenge

MAX_CODES = 4
CODES_PERIOD = timedelta(minutes=10)
"""How many codes a conversation may ask for in which time."""
LOCKED = "locked"
_SURE = 0.6  # of the intent of another service that takes the first one's place
_FOUR_DIGITS = re.compile(r"(?<!\d)\d{4}(?![\d年])")
_RESEND = re.compile(r"重新?发|再发|没收到|收不到|没有收到|重发|换一?个验证码|新验证码")


class VerifyIdentity(Topic):
    """我要验证身份"""

    intent = "verify_identity"

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Start, unless the customer is verified already."""
        if turn.has_level("verified"):
            speak.say("utter_already_verified")
        else:
            start_form(turn, VerificationForm.form_name())


class VerificationForm(Form):
    """Three questions; the phone is left out where the bank's site has named the customer."""

    intent = "verify_identity"
    slots = ("verification_phone", "verification_tail", "verification_sent_at")
    refusable = ("phone", "tail", "code")

    @classmethod
    def form_name(cls) -> str:
        """The form is named after what it does, not after the intent."""
        return "verification_form"

    def fill(self, turn: Turn, speak: Speaker) -> None:
        """Phone and digits that the message holds; nothing at all while verification is locked."""
        # The topic that wanted it needs its own words again after the verification.
        turn.set("pending_message", turn.remember())
        if self._locked(turn):
            turn.set("form_exit", LOCKED)
            return
        if turn.customer is not None:
            turn.set("verification_phone", "-")
        elif phone := phone_in(turn):
            turn.set("verification_phone", phone)
        turn.set("verification_tail", _tail(turn))
        self._send_if_complete(turn, speak)

    def next_question(self, turn: Turn) -> str | None:
        """Phone, digits, code; None once the code was right."""
        if turn.has_level("verified"):
            return None
        if not turn.slot("verification_phone"):
            return "phone"
        return "code" if turn.slot("verification_sent_at") else "tail"

    def leaving(self, turn: Turn, question: str) -> str | None:
        """A passed code counts before anything that the message seems to say."""
        return None if turn.has_level("verified") else super().leaving(turn, question)

    def gives_up(self, turn: Turn, question: str) -> bool:
        """The lost card has turned up."""
        lost = turn.slot("pending_service") == "card_loss"
        return super().gives_up(turn, question) or (lost and found_again(turn.text))

    def understands(self, turn: Turn, question: str) -> bool:
        """A number is an answer here, whatever it looks like."""
        short_number = digits_in(turn) and len(turn.text) < 20
        return short_number or holds_code(turn) or bool(_RESEND.search(turn.text))

    def digresses(self, turn: Turn) -> bool:
        """Another service that needs the same verification doesn't end it."""
        other = topic(turn.intent)
        wanted = other is not None and not turn.has_level(other.level) and turn.confidence >= _SURE
        return super().digresses(turn) or wanted

    def digress(self, turn: Turn, speak: Speaker) -> None:
        """The other service takes the place of the first."""
        other = topic(turn.intent)
        if other is None or turn.has_level(other.level):
            super().digress(turn, speak)
            return
        turn.set("pending_service", other.intent)
        turn.set("pending_message", turn.remember())
        other.needs_verification(turn, speak)

    def switches(self, turn: Turn, other: Topic) -> bool:
        """Only topics that need no verification end this one."""
        return turn.has_level(other.level) and super().switches(turn, other)

    def take(self, turn: Turn, speak: Speaker, question: str) -> bool:
        """The answer to one of the three questions."""
        if turn.has_level("verified"):
            return True
        if question == "code":
            return self._take_code(turn, speak)
        phone, tail = phone_in(turn), _tail(turn)
        if phone and turn.customer is None:
            turn.set("verification_phone", phone)
        if tail:
            turn.set("verification_tail", tail)
        self._send_if_complete(turn, speak)
        return bool(phone or tail)

    def correct(self, turn: Turn, speak: Speaker, question: str) -> bool:
        """A mistyped phone or card: begin again with what is right."""
        phone, tail = phone_in(turn), _tail(turn)
        said = turn.text if is_correction(turn) else ""
        other_phone = turn.customer is None and bool(phone or "手机" in said)
        other_card = bool(tail or "卡" in said)
        if question == "phone" or not (other_phone or other_card):
            return False
        turn.reset("verification_sent_at")
        if other_phone:
            turn.set("verification_phone", phone)
        if other_card:
            turn.set("verification_tail", tail)
        self._send_if_complete(turn, speak)
        return True

    def _take_code(self, turn: Turn, speak: Speaker) -> bool:
        if _RESEND.search(turn.text):
            self._send(turn, speak)
            return True
        if not holds_code(turn):
            return False
        challenge = _own_challenge(turn)
        wrong = (turn.slot("verification_wrong") or 0) + 1
        turn.set("verification_wrong", wrong)
        left = turn.services.settings.verification_max_wrong - wrong
        if left <= 0 or (challenge is not None and challenge.status == "locked"):
            turn.set("form_exit", LOCKED)
            turn.reset("verification_wrong")
        elif self._expired(turn):
            speak.say("utter_verification_expired")
        else:
            speak.say("utter_verification_wrong", left=left)
        turn.asked = True
        return True

    def _send_if_complete(self, turn: Turn, speak: Speaker) -> None:
        if turn.slot("verification_phone") and turn.slot("verification_tail"):
            self._send(turn, speak)

    def _send(self, turn: Turn, speak: Speaker) -> None:
        """Send a code where phone and digits fit; say the same where they don't."""
        tail = turn.slot("verification_tail")
        sent = [
            at
            for at in turn.slot("verification_sends") or []
            if datetime.fromisoformat(at) > turn.now - CODES_PERIOD
        ]
        if len(sent) >= MAX_CODES:
            speak.say("utter_verification_too_many_codes", hotline=turn.services.settings.hotline)
            turn.set("verification_sent_at", turn.slot("verification_sent_at") or turn.now.isoformat())
            turn.asked = True
            return
        if turn.customer is not None:
            owner = turn.customer if _owns(turn, turn.customer.id, tail) else None
            if owner is None:
                turn.reset("verification_tail")
                speak.say("utter_verification_tail_differs")
                return
        else:
            # Where the bank's CRM does not answer, the action fails: nothing is sent, the turn is repeated.
            directory = turn.services.directory
            owner = directory.by_phone_and_tail(turn.session, turn.slot("verification_phone"), tail)
        phone = customers.phone_of(turn.session, owner.id) if owner else None
        if owner is not None and phone is not None and not _sent_by_this_message(turn, owner.id):
            self._send_code(turn, owner.id, phone)
        turn.set("verification_sent_at", turn.now.isoformat())
        turn.set("verification_sends", [*sent, turn.now.isoformat()])
        speak.say("utter_verification_code_sent", minutes=turn.services.settings.verification_code_minutes)
        turn.asked = True

    def _send_code(self, turn: Turn, customer_id: int, phone: str) -> None:
        try:
            code = start_challenge(
                turn.session, turn.conversation, customer_id, turn.now, turn.services.settings
            )
        except VerificationLocked:
            # Said only to someone already named: to anyone else it would confirm the phone number.
            if turn.customer is not None:
                turn.set("form_exit", LOCKED)
            return
        # Before the commit: what could not be sent is not stored either, and the turn is repeated.
        turn.services.code_sender.send(phone, code)

    def _expired(self, turn: Turn) -> bool:
        sent = datetime.fromisoformat(turn.slot("verification_sent_at"))
        return turn.now >= sent + timedelta(minutes=turn.services.settings.verification_code_minutes)

    def _locked(self, turn: Turn) -> bool:
        blocked = turn.slot("verification_blocked_until")
        if blocked and turn.now < datetime.fromisoformat(blocked):
            return True
        return (
            turn.customer is not None and locked_until(turn.session, turn.customer.id, turn.now) is not None
        )


class VerificationSubmit(Submit):
    """Serve what the customer wanted in the first place."""

    form = VerificationForm

    def name(self) -> str:
        """Named after the form."""
        return "action_verification_submit"

    def submit(self, turn: Turn, speak: Speaker) -> None:
        """The level comes from the conversation, not from the form."""
        wanted, message = turn.slot("pending_service"), turn.slot("pending_message")
        turn.reset("pending_service", "pending_message", "verification_wrong")
        speak.say("utter_verified" if wanted else "utter_verified_what_next")
        if wanted and topic(wanted) is not None:
            turn.recall(message or turn.remember())
            serve(wanted, turn, speak)
            if wanted not in URGENT:
                serve_rest(turn, speak)

    def leave(self, turn: Turn, speak: Speaker, how: str) -> None:
        """Locked is one more way to end; what was wanted is forgotten unless a person takes over."""
        if how == LOCKED:
            minutes = turn.services.settings.verification_lock_minutes
            until = turn.now + timedelta(minutes=minutes)
            blocked = turn.slot("verification_blocked_until")
            if not blocked or datetime.fromisoformat(blocked) <= turn.now:
                turn.set("verification_blocked_until", until.isoformat())
            speak.say("utter_verification_locked", minutes=minutes, hotline=turn.services.settings.hotline)
        else:
            super().leave(turn, speak, how)
        if not how.startswith("switch:"):
            turn.reset("pending_service", "pending_message")

    def to_person(self, turn: Turn, speak: Speaker) -> None:
        """A lost card or a fraud is urgent without verification too."""
        hand_over(turn, speak, reason_for(turn))


def _owns(turn: Turn, customer_id: int, tail: str) -> bool:
    return any(card.tail == tail for card in customers.cards_of(turn.session, customer_id))


def _own_challenge(turn: Turn) -> VerificationChallenge | None:
    return repository.latest_challenge(turn.session, turn.conversation.id)


def _sent_by_this_message(turn: Turn, customer_id: int) -> bool:
    """Whether an earlier run of this very turn has already sent the code."""
    challenge = _own_challenge(turn)
    if challenge is None or challenge.status != "open" or challenge.customer_id != customer_id:
        return False
    message = turn.session.get(Message, int(turn.message_id)) if turn.message_id.isdigit() else None
    return message is not None and challenge.created_at >= message.created_at


def _tail(turn: Turn) -> str | None:
    """Here any four digits are the end of a card number, but for those of a phone number."""
    text = turn.text
    for item in turn.entities:
        if item.get("entity") == "phone" and "start" in item:
            text = text[: item["start"]] + "-" * (item["end"] - item["start"]) + text[item["end"] :]
    return tail_in(turn) or next(iter(_FOUR_DIGITS.findall(text)), None)
