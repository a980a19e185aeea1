"""补充投诉: more facts or images for an open complaint."""

import re

from actions.answers import is_no, is_skip
from actions.complaint_progress import choose_buttons, named_complaint, open_complaints, own_ticket
from actions.forms import Form
from actions.submit import Submit
from actions.topic import Topic, start_form
from actions.turn import Buttons, Speaker, Turn
from integrations.crm.tickets import service as tickets

_OPENING = re.compile(r"^.{0,12}(?:补充|追加|再加|加一[条点])(?:一下|说明|内容|情况|投诉)?[,，::。 ]*")


class ComplaintAdd(Topic):
    """我要补充投诉"""

    intent = "complaint_add"
    level = "verified"

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Only an open complaint can be added to."""
        if not open_complaints(turn):
            speak.say("utter_no_open_complaint")
        else:
            start_form(turn, ComplaintAddForm.form_name())


class ComplaintAddForm(Form):
    """Which complaint, and what to add."""

    intent = "complaint_add"
    slots = ("complaint_add_number", "complaint_add_text")
    free = ("text",)

    def fill(self, turn: Turn, speak: Speaker) -> None:
        """The number, and what follows 「补充」."""
        turn.set("complaint_add_number", named_complaint(turn, sole=True))
        if turn.entity("ticket_number") and not turn.slot("complaint_add_number"):
            speak.say("utter_ticket_not_found", number=turn.entity("ticket_number"))
        rest = _OPENING.sub("", turn.text)
        if rest != turn.text and len(rest) >= 8 and not turn.entity("ticket_number"):
            turn.set("complaint_add_text", rest)

    def next_question(self, turn: Turn) -> str | None:
        """The complaint, then the text."""
        if not turn.slot("complaint_add_number"):
            return "number"
        return None if turn.slot("complaint_add_text") else "text"

    def buttons(self, turn: Turn, question: str) -> Buttons:
        """The open complaints."""
        return choose_buttons(turn, "补充") if question == "number" else []

    def understands(self, turn: Turn, question: str) -> bool:
        """A number answers, whatever the intent."""
        return question == "number" and named_complaint(turn) is not None

    def take_image(self, turn: Turn, speak: Speaker) -> None:
        """An image can be the whole addition."""
        if turn.slot("complaint_add_number"):
            turn.set("complaint_add_text", "［图片］")

    def take(self, turn: Turn, speak: Speaker, question: str) -> bool:
        """A number of theirs; any text."""
        if question == "number":
            turn.set("complaint_add_number", named_complaint(turn))
            return turn.slot("complaint_add_number") is not None
        if is_no(turn) or is_skip(turn) or len(turn.text) < 2:
            return False
        turn.set("complaint_add_text", turn.whole_text())
        return True


class ComplaintAddSubmit(Submit):
    """Add it to the timeline."""

    form = ComplaintAddForm

    def submit(self, turn: Turn, speak: Speaker) -> None:
        """The ticket is looked up again among the customer's own."""
        ticket = own_ticket(turn, turn.slot("complaint_add_number"))
        if ticket is None or ticket.status not in ("open", "in_progress"):
            speak.say("utter_no_open_complaint")
            return
        key = turn.source_key("complaint_add")
        tickets.add_to_ticket(
            turn.session, ticket, turn.slot("complaint_add_text"), source_key=key, now=turn.now
        )
        tickets.link_attachments(turn.session, ticket)
        speak.say("utter_complaint_added", number=ticket.number)
