"""A person instead of the bot: the queue, the place in it, a message left outside service hours."""

import re

from actions import failures
from actions.answers import is_skip, phone_in, refuses_person
from actions.forms import Form
from actions.submit import Submit
from actions.topic import Topic, offer, start_form
from actions.turn import Speaker, Turn
from actions.wishes import urgent_reason
from integrations.crm.conversations import handoff, repository
from integrations.crm.conversations.handoff import QueuePlace
from integrations.crm.tickets import service as tickets


def hand_over(turn: Turn, speak: Speaker, reason: str = "requested") -> None:
    """Put the customer into the queue and say what place they have, or what they can do instead."""
    was_queued = turn.conversation.holder == "queued"
    settings, note = turn.services.settings, failures.note(turn)
    place = handoff.request_person(turn.session, turn.conversation, reason, turn.now, settings, note=note)
    turn.set("awaiting", None)
    if not place.accepted:
        speak.say("utter_handoff_closed", hours=place.hours, hotline=settings.hotline)
        return
    turn.reset("failures")
    if reason in handoff.URGENT_REASONS:
        _say_urgent(speak, place, turn)
    elif place.ahead:
        speak.say("utter_handoff_still_queued" if was_queued else "utter_handoff_queued", ahead=place.ahead)
    else:
        speak.say("utter_handoff_next")


def reason_for(turn: Turn) -> str:
    """Why this customer wants a person: what they were about counts, not only that they ask."""
    urgent = urgent_reason(turn) or turn.slot("pending_service")
    if urgent in handoff.URGENT_REASONS:
        return str(urgent)
    return "not_understood" if failures.was_person_offered(turn) else "requested"


def _say_urgent(speak: Speaker, place: QueuePlace, turn: Turn) -> None:
    response = "utter_handoff_urgent" if place.ahead == 0 else "utter_handoff_urgent_queued"
    speak.say(response, ahead=place.ahead, hotline=turn.services.settings.hotline)


class Human(Topic):
    """人工"""

    intent = "human"

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Queue the customer, unless they say that they no longer want it."""
        if refuses_person(turn):
            leave(turn, speak)
            return
        hand_over(turn, speak, reason_for(turn))


class QueuePosition(Topic):
    """还要等多久；不等了"""

    intent = "queue_position"
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Tell the place, or leave the queue."""
        if refuses_person(turn):
            leave(turn, speak)
            return
        if turn.conversation.holder != "queued":
            speak.say("utter_not_queued")
            return
        ahead = repository.ahead_in_queue(turn.session, turn.conversation)
        speak.say("utter_handoff_still_queued" if ahead else "utter_handoff_next", ahead=ahead)


def wants_to_leave(turn: Turn) -> bool:
    """Whether a waiting customer gives up waiting."""
    return turn.conversation.holder == "queued" and refuses_person(turn)


def leave(turn: Turn, speak: Speaker) -> None:
    """Take the customer out of the queue."""
    left = handoff.leave_queue(turn.session, turn.conversation)
    speak.say("utter_queue_left" if left else "utter_not_queued")


class LeaveMessage(Topic):
    """留言"""

    intent = "leave_message"

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Ask for the message."""
        start_form(turn, LeaveMessageForm.form_name())


class LeaveMessageForm(Form):
    """What should be passed on, and where to call back."""

    intent = "leave_message"
    slots = ("leave_message_text", "leave_message_phone")
    free = ("text",)

    def fill(self, turn: Turn, speak: Speaker) -> None:
        """A message that says more than 「我要留言」 is the message itself."""
        said = re.sub(r"^(?:我?(?:要|想)?(?:给[你您]们)?(?:留个?言|留个?信息)[,:。 ]*)", "", turn.text)
        if turn.intent == "leave_message" and len(said) > 5 and said != turn.text:
            turn.set("leave_message_text", said)
        if phone := phone_in(turn):
            turn.set("leave_message_phone", phone)

    def next_question(self, turn: Turn) -> str | None:
        """The text first; a phone number only of someone the bank can't reach."""
        if not turn.slot("leave_message_text"):
            return "text"
        return "phone" if turn.customer is None and not turn.slot("leave_message_phone") else None

    def take(self, turn: Turn, speak: Speaker, question: str) -> bool:
        """Any text; an eleven-digit phone number or nothing."""
        if question == "text":
            turn.set("leave_message_text", turn.whole_text())
            return bool(turn.text.strip())
        if phone := phone_in(turn):
            turn.set("leave_message_phone", phone)
        elif is_skip(turn):
            turn.set("leave_message_phone", "-")
        return bool(turn.slot("leave_message_phone"))


class LeaveMessageSubmit(Submit):
    """Store the message as a ticket."""

    form = LeaveMessageForm

    def submit(self, turn: Turn, speak: Speaker) -> None:
        """Open the ticket once for this message."""
        text, phone = turn.slot("leave_message_text"), turn.slot("leave_message_phone")
        ticket = tickets.open_ticket(
            turn.session,
            kind="left_message",
            source_key=turn.source_key("leave_message"),
            customer_id=turn.conversation.customer_id,
            conversation_id=turn.conversation.id,
            title=text[:30],
            details={"text": text, "phone": phone if phone != "-" else None},
            now=turn.now,
        )
        speak.say("utter_leave_message_stored", number=ticket.number)


def offer_person(turn: Turn, speak: Speaker, response: str) -> None:
    """Offer a person with a yes/no question that `affirm` answers."""
    speak.say(response)
    failures.person_offered(turn)
    offer(turn, "human")
