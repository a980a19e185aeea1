"""预约客户经理: the dedicated manager, or whoever is free, calls back."""

from actions.answers import is_skip, phone_in
from actions.appointment_time import any_time, dated, names_time, time_in
from actions.forms import Form
from actions.recommendation import product_meant
from actions.submit import Submit
from actions.suitability import say_why_not, why_not
from actions.topic import Topic, start_form
from actions.turn import Speaker, Turn
from integrations.crm.bank.catalogue import Product, product_by_code
from integrations.crm.customers.masking import format_moment
from integrations.crm.customers.periods import today
from integrations.crm.models import Staff, Ticket
from integrations.crm.recommendations import impressions
from integrations.crm.tickets import service as tickets

ANY_TIME = "-"
_MANAGER = "客户经理"
_LONGEST = 40  # characters of a time


class Appointment(Topic):
    """约个客户经理. Nobody has to be verified to be called back."""

    intent = "appointment"

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """A product that doesn't suit the customer is no subject for an appointment: say why."""
        product = product_meant(turn)
        reasons = why_not(turn, product.code) if product is not None else ()
        if product is not None and reasons:
            turn.reset("product")
            say_why_not(turn, speak, product.code, reasons)
        else:
            start_form(turn, AppointmentForm.form_name())


class AppointmentForm(Form):
    """When it suits; a phone number only of someone the bank can't reach."""

    intent = "appointment"
    slots = ("appointment_product", "appointment_time", "appointment_phone")

    def fill(self, turn: Turn, speak: Speaker) -> None:
        """The product, and what the message tells besides."""
        product = product_meant(turn)
        turn.set("appointment_product", product.code if product is not None else None)
        turn.set("appointment_time", _dated(turn, time_in(turn.text)))
        if turn.customer is None:
            turn.set("appointment_phone", phone_in(turn))

    def next_question(self, turn: Turn) -> str | None:
        """The time, then the phone."""
        if not turn.slot("appointment_time"):
            return "time"
        return "phone" if turn.customer is None and not turn.slot("appointment_phone") else None

    def understands(self, turn: Turn, question: str) -> bool:
        """A time or a number answers, whatever its intent looks like."""
        if question == "phone":
            return phone_in(turn) is not None
        return names_time(turn.text)

    def take(self, turn: Turn, speak: Speaker, question: str) -> bool:
        """A time in the customer's words, or none; an eleven-digit number."""
        if question == "phone":
            turn.set("appointment_phone", phone_in(turn))
            return turn.slot("appointment_phone") is not None
        if is_skip(turn) or any_time(turn.text):
            turn.set("appointment_time", ANY_TIME)
        elif names_time(turn.text):
            turn.set("appointment_time", _dated(turn, turn.text.strip()[:_LONGEST]))
        else:
            return False
        return True

    def correct(self, turn: Turn, speak: Speaker, question: str) -> bool:
        """「不对，改成周五上午」 while the phone is asked for."""
        if question != "phone" or not (time := time_in(turn.text)):
            return False
        turn.set("appointment_time", _dated(turn, time))
        return True


class AppointmentSubmit(Submit):
    """Open a ticket for the manager."""

    form = AppointmentForm

    def submit(self, turn: Turn, speak: Speaker) -> None:
        """One message books one appointment, without a product that doesn't suit the customer any more."""
        product, manager = self._still_suitable(turn, speak), _manager_of(turn)
        ticket = self._open(turn, product, manager)
        if product is not None and turn.customer is not None:
            impressions.record_outcome(
                turn.session, turn.customer.id, product.code, "accepted", turn.now, ticket_id=ticket.id
            )
        self._confirm(speak, ticket, manager)
        if product is not None and product.in_person:
            speak.say("utter_appointment_in_person", name=product.name)

    def _still_suitable(self, turn: Turn, speak: Speaker) -> Product | None:
        """The product asked for; an assessment may have ended or become worse since: say so."""
        code = turn.slot("appointment_product")
        if not code:
            return None
        reasons = why_not(turn, code)
        if not reasons:
            return product_by_code(code)
        turn.reset("product")
        say_why_not(turn, speak, code, reasons, resume=False)
        speak.say("utter_appointment_without_product")
        return None

    def _confirm(self, speak: Speaker, ticket: Ticket, manager: Staff | None) -> None:
        """At the customer's time where they named one, else until when somebody calls."""
        if ticket.first_response_due is None:
            raise RuntimeError("an appointment without a promise")
        name = f"您的{_MANAGER}{manager.display_name}" if manager is not None else _MANAGER
        if time := ticket.details["preferred_time"]:
            speak.say("utter_appointment_made_for", number=ticket.number, manager=name, time=time)
        else:
            until = format_moment(ticket.first_response_due)
            speak.say("utter_appointment_made", number=ticket.number, manager=name, until=until)

    def _open(self, turn: Turn, product: Product | None, manager: Staff | None) -> Ticket:
        time = turn.slot("appointment_time") if turn.slot("appointment_time") != ANY_TIME else None
        subject = product.name if product is not None else _MANAGER
        return tickets.open_ticket(
            turn.session,
            kind="appointment",
            source_key=turn.source_key("appointment"),
            customer_id=turn.conversation.customer_id,
            conversation_id=turn.conversation.id,
            # The desk's lists show the title alone: whoever calls back must see when.
            title=f"预约{subject}（{time}）" if time else f"预约{subject}",
            details={
                "product": product.name if product is not None else None,
                "product_code": product.code if product is not None else None,
                "preferred_time": time,
                "phone": turn.slot("appointment_phone"),
                "manager": manager.username if manager is not None else None,
            },
            now=turn.now,
        )

    def cancelled(self, turn: Turn, speak: Speaker) -> None:
        """Nothing was booked."""
        speak.say("utter_appointment_cancelled")


def _dated(turn: Turn, time: str | None) -> str | None:
    return dated(time, today(turn.now)) if time else None


def _manager_of(turn: Turn) -> Staff | None:
    """The customer's dedicated manager, while they work here."""
    if turn.customer is None or turn.customer.manager_id is None:
        return None
    manager = turn.session.get(Staff, turn.customer.manager_id)
    return manager if manager is not None and manager.active else None
