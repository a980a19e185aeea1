"""撤销投诉. Art 15 of 银保监会令2020年第3号 [V]: a withdrawal ends the case that day."""

from actions.answers import is_no, is_yes
from actions.complaint_progress import choose_buttons, named_complaint, open_complaints, own_ticket
from actions.forms import CANCEL, Form
from actions.submit import Submit
from actions.topic import Topic, start_form
from actions.turn import Buttons, Speaker, Turn
from integrations.crm.tickets import service as tickets


class ComplaintWithdraw(Topic):
    """我要撤诉"""

    intent = "complaint_withdraw"
    level = "verified"

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Only an open complaint can be withdrawn."""
        if not open_complaints(turn):
            speak.say("utter_no_open_complaint")
        else:
            start_form(turn, ComplaintWithdrawForm.form_name())


class ComplaintWithdrawForm(Form):
    """Which complaint, and are you sure."""

    intent = "complaint_withdraw"
    slots = ("complaint_withdraw_number", "complaint_withdraw_confirmed")

    def fill(self, turn: Turn, speak: Speaker) -> None:
        """The number that was named, or the only open one."""
        turn.set("complaint_withdraw_number", named_complaint(turn, sole=True))
        if turn.entity("ticket_number") and not turn.slot("complaint_withdraw_number"):
            speak.say("utter_ticket_not_found", number=turn.entity("ticket_number"))

    def next_question(self, turn: Turn) -> str | None:
        """The complaint, then the confirmation."""
        if not turn.slot("complaint_withdraw_number"):
            return "number"
        return None if turn.slot("complaint_withdraw_confirmed") else "confirm"

    def ask(self, turn: Turn, speak: Speaker, question: str) -> None:
        """The confirmation names the complaint."""
        if question == "confirm":
            number = turn.slot("complaint_withdraw_number")
            ticket = own_ticket(turn, number)
            speak.say(
                "utter_question_complaint_withdraw_form_confirm",
                number=number,
                title=ticket.title if ticket else "",
            )
        else:
            super().ask(turn, speak, question)

    def buttons(self, turn: Turn, question: str) -> Buttons:
        """The open complaints."""
        return choose_buttons(turn, "撤销")

    def understands(self, turn: Turn, question: str) -> bool:
        """A number answers, whatever the intent."""
        return question == "number" and named_complaint(turn) is not None

    def leaving(self, turn: Turn, question: str) -> str | None:
        """「取消投诉」 is the confirmation here, not the end of the form."""
        left = super().leaving(turn, question)
        return None if left == CANCEL and "投诉" in turn.text else left

    def take(self, turn: Turn, speak: Speaker, question: str) -> bool:
        """A number of theirs; yes or no."""
        if question == "number":
            turn.set("complaint_withdraw_number", named_complaint(turn))
            return turn.slot("complaint_withdraw_number") is not None
        if is_no(turn) or turn.text.startswith("不撤"):
            turn.set("form_exit", CANCEL)
        elif is_yes(turn) or "撤" in turn.text or turn.intent == "complaint_withdraw":
            turn.set("complaint_withdraw_confirmed", True)
        else:
            return False
        return True


class ComplaintWithdrawSubmit(Submit):
    """End the case."""

    form = ComplaintWithdrawForm

    def submit(self, turn: Turn, speak: Speaker) -> None:
        """The ticket is looked up again among the customer's own; withdrawing twice changes nothing."""
        ticket = own_ticket(turn, turn.slot("complaint_withdraw_number"))
        if ticket is None or ticket.status == "resolved":
            speak.say("utter_no_open_complaint")
            return
        tickets.withdraw_ticket(
            turn.session, ticket, source_key=turn.source_key("complaint_withdraw"), now=turn.now
        )
        speak.say("utter_complaint_withdrawn", number=ticket.number)

    def cancelled(self, turn: Turn, speak: Speaker) -> None:
        """The complaint goes on."""
        speak.say("utter_complaint_withdraw_cancelled")
