"""投诉: take it down, read it back, file it."""

import re

from actions.answers import is_no, is_skip, is_yes, phone_in
from actions.complaint_record import (
    LABELS,
    SKIPPED,
    SLOTS,
    about_in,
    complaint_card,
    details_of,
    field_named,
    involves_money,
    new_value,
    says_nothing,
    story_of,
    title_of,
    when_in,
)
from actions.forms import Form
from actions.submit import Submit
from actions.topic import Topic, start_form
from actions.turn import Buttons, Speaker, Turn
from integrations.crm.customers.masking import format_moment
from integrations.crm.staff.service import list_staff
from integrations.crm.tickets import service as tickets

_SAID_WRONG = re.compile(r"错|改成|改为|换成|应该是|应为|不是.+是")
_NAMELESS = re.compile(r"^(?:不|没|匿名|保密|别问)")
_WANTS_CHANGE = re.compile(r"^(?:我?要?修改|改一下|有误|不对|改)")


class Complaint(Topic):
    """我要投诉"""

    intent = "complaint"

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Listen. Nobody has to be verified to complain."""
        speak.say("utter_complaint_begin")
        start_form(turn, ComplaintForm.form_name())


class ComplaintForm(Form):
    """What, when, about what, how much, what the customer wants, evidence, contact, confirmation."""

    intent = "complaint"
    slots = (*SLOTS, "complaint_images", "complaint_evidence", "complaint_confirmed")
    free = ("what", "when", "about", "wish", "name")

    def fill(self, turn: Turn, speak: Speaker) -> None:
        """Never ask for what the first message has told, nor for what the bank holds."""
        if story := story_of(turn.text):
            turn.set("complaint_what", story)
        self._absorb(turn)
        if turn.attachments:
            self.take_image(turn, speak)

    def next_question(self, turn: Turn) -> str | None:
        """The first part that is missing; an amount only where money is involved."""
        contact = () if turn.customer else ("name", "phone")
        for part in ("what", "when", "about", "amount", "wish", "evidence", *contact, "confirmed"):
            if part == "amount" and not involves_money(str(turn.slot("complaint_what"))):
                continue
            if not turn.slot(f"complaint_{part}"):
                return "confirm" if part == "confirmed" else part
        return None

    def ask(self, turn: Turn, speak: Speaker, question: str) -> None:
        """The confirmation reads everything back."""
        if question == "confirm":
            speak.say("utter_question_complaint_form_confirm", card=complaint_card(turn))
        else:
            super().ask(turn, speak, question)

    def buttons(self, turn: Turn, question: str) -> Buttons:
        """All of them are fixed."""
        return []

    def understands(self, turn: Turn, question: str) -> bool:
        """A value that was asked for, whatever its intent looks like."""
        wanted = {"amount": "amount", "phone": "phone"}.get(question)
        return wanted is not None and turn.entity(wanted) is not None

    def take_image(self, turn: Turn, speak: Speaker) -> None:
        """An image is evidence at any moment."""
        turn.set("complaint_images", (turn.slot("complaint_images") or 0) + 1)
        speak.say("utter_complaint_image", count=turn.slot("complaint_images"))

    def take(self, turn: Turn, speak: Speaker, question: str) -> bool:
        """One part; what else the message tells is kept too."""
        if question == "confirm":
            return self._confirm(turn, speak)
        value = self._value(turn, question)
        if value is None:
            return False
        turn.set(f"complaint_{question}", value)
        if question == "what":
            self._absorb(turn)
        return True

    def correct(self, turn: Turn, speak: Speaker, question: str) -> bool:
        """「金额改成500」, 「时间写错了，是昨天」: one part changes, or is asked again."""
        part = field_named(turn.text) or self._part_by_value(turn)
        if part is None or part == question or not turn.slot(f"complaint_{part}"):
            return False
        value = self._corrected(turn, part)
        if question != "confirm" and (value is None or not _SAID_WRONG.search(turn.text)):
            return False
        turn.set(f"complaint_{part}", value)
        if value is not None:
            speak.say("utter_complaint_changed", part=LABELS[part])
        return True

    def _confirm(self, turn: Turn, speak: Speaker) -> bool:
        if is_yes(turn):
            turn.set("complaint_confirmed", True)
        elif is_no(turn) or (_WANTS_CHANGE.search(turn.text) and field_named(turn.text) is None):
            speak.say("utter_complaint_what_to_change")
            turn.asked = True
        else:
            return False
        return True

    def _value(self, turn: Turn, question: str) -> str | None:
        text = turn.text.strip()
        if says_nothing(text):
            return None
        if question in ("when", "about", "amount", "wish") and is_skip(turn):
            return SKIPPED
        if question == "evidence":
            done = (
                is_skip(turn) or is_no(turn) or is_yes(turn) or re.search(r"传完|上传了|发完|好了|没有", text)
            )
            return SKIPPED if done else None
        if question == "amount":
            amount = turn.entity("amount")
            return str(amount) if amount else None
        if question == "phone":
            return phone_in(turn)
        if question == "when":
            return when_in(turn) or text[:40]
        if question == "about":
            return about_in(turn) or text[:40]
        if question == "name":
            if is_skip(turn) or _NAMELESS.search(text):
                return SKIPPED
            return text if 2 <= len(text) <= 20 and not text.isdigit() else None
        return turn.whole_text() if len(text) >= (4 if question == "what" else 2) else None

    def _absorb(self, turn: Turn) -> None:
        found = {
            "when": when_in(turn),
            "about": about_in(turn),
            "amount": turn.entity("amount"),
            "phone": None if turn.customer else phone_in(turn),
        }
        for part, value in found.items():
            if value and not turn.slot(f"complaint_{part}"):
                turn.set(f"complaint_{part}", value)

    def _part_by_value(self, turn: Turn) -> str | None:
        if turn.entity("amount") and not turn.entity("date_range"):
            return "amount"
        return "when" if turn.entity("date_range") else "phone" if phone_in(turn) else None

    def _corrected(self, turn: Turn, part: str) -> str | None:
        amounts = turn.all_entities("amount")
        # 「不是500是5000」: the last value is the right one.
        typed = {"amount": amounts[-1] if amounts else None, "when": when_in(turn), "phone": phone_in(turn)}
        if part in typed:
            return typed[part]
        return new_value(turn.text)


class ComplaintSubmit(Submit):
    """File it and say what was promised until when."""

    form = ComplaintForm

    def submit(self, turn: Turn, speak: Speaker) -> None:
        """One message files one complaint."""
        ticket = tickets.open_ticket(
            turn.session,
            kind="complaint",
            source_key=turn.source_key("complaint"),
            customer_id=turn.conversation.customer_id,
            conversation_id=turn.conversation.id,
            title=title_of(turn),
            details={**details_of(turn), "staff_complained_about": self._accused(turn)},
            now=turn.now,
        )
        tickets.link_attachments(turn.session, ticket)
        if ticket.first_response_due is None or ticket.resolve_due is None:
            raise RuntimeError("a complaint without deadlines")
        speak.say(
            "utter_complaint_filed",
            number=ticket.number,
            first_response=format_moment(ticket.first_response_due),
            resolve=format_moment(ticket.resolve_due),
        )

    def _accused(self, turn: Turn) -> list[str]:
        """Usernames of staff whose full name stands in the story: they can't be given the case."""
        story = str(turn.slot("complaint_what"))
        return [
            one.username
            for one in list_staff(turn.session)
            if len(one.display_name) > 1 and one.display_name in story
        ]

    def cancelled(self, turn: Turn, speak: Speaker) -> None:
        """Nothing was filed."""
        speak.say("utter_complaint_cancelled")
