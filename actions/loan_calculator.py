"""贷款计算"""

from decimal import Decimal

from actions.answers import is_skip
from actions.cards import loan_card
from actions.forms import Form
from actions.submit import Submit
from actions.topic import Topic, expect, start_form
from actions.turn import Buttons, Speaker, Turn
from integrations.crm.bank import service as bank
from integrations.crm.bank.errors import BadLoanTerms
from integrations.crm.bank.loans import ANNUITY, HIGHEST_RATE, LARGEST_PRINCIPAL, LONGEST_MONTHS

LONG_TERM_MONTHS = 60
"""From here on the five-year LPR is the usual reference."""


class LoanCalculator(Topic):
    """月供多少"""

    intent = "loan_calculator"
    values = ("amount", "term_months", "rate", "repayment_method")

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Ask for what is missing; 「改成30年呢」 changes the last calculation."""
        if not turn.goes_on or turn.intent == "loan_calculator":
            turn.reset("loan_last")
        start_form(turn, LoanForm.form_name())


class LoanForm(Form):
    """Amount, term, rate; the way of repayment only where it was named."""

    intent = "loan_calculator"
    slots = ("loan_amount", "loan_term", "loan_rate", "loan_method", "loan_rate_assumed")
    refusable = ("amount", "term", "rate")

    @classmethod
    def form_name(cls) -> str:
        """Shorter than the intent."""
        return "loan_form"

    def fill(self, turn: Turn, speak: Speaker) -> None:
        """A whole request needs no question."""
        for name, value in (turn.slot("loan_last") or {}).items():
            turn.set(name, value)
        self._keep(turn, speak)

    def next_question(self, turn: Turn) -> str | None:
        """What is missing."""
        return next((part for part in ("amount", "term", "rate") if not turn.slot(f"loan_{part}")), None)

    def buttons(self, turn: Turn, question: str) -> Buttons:
        """All of them are fixed."""
        return []

    def understands(self, turn: Turn, question: str) -> bool:
        """A value that was asked for, whatever its intent looks like."""
        return turn.entity({"amount": "amount", "term": "term_months", "rate": "rate"}[question]) is not None

    def take(self, turn: Turn, speak: Speaker, question: str) -> bool:
        """A bare number is what was asked for; the rate may be left to the LPR."""
        if question == "rate" and (is_skip(turn) or "默认" in turn.text or "LPR" in turn.text.upper()):
            loans = bank.loan_rates()
            long = turn.slot("loan_term") > LONG_TERM_MONTHS
            turn.set("loan_rate", str(loans.lpr_five_years if long else loans.lpr_one_year))
            turn.set("loan_rate_assumed", True)
            return True
        return self._keep(turn, speak, only=question)

    def correct(self, turn: Turn, speak: Speaker, question: str) -> bool:
        """「金额改成80万」 while something else is asked."""
        return self._keep(turn, speak)

    def _keep(self, turn: Turn, speak: Speaker, only: str | None = None) -> bool:
        """Keep the values of the message; a bare number only as what was asked for."""
        found = {
            "amount": turn.entity("amount"),
            "term": turn.entity("term_months"),
            "rate": turn.entity("rate"),
            "method": turn.entity("repayment_method"),
        }
        if only is not None and found[only] is not None and len(turn.text) <= 8:
            found = {only: found[only]}
        kept = False
        for part, value in found.items():
            if value is None:
                continue
            kept = True
            if _possible(part, value):
                turn.set(f"loan_{part}", value)
                if part == "rate":
                    turn.reset("loan_rate_assumed")
            else:
                speak.say(f"utter_loan_{part}_out_of_range")
        return kept


class LoanSubmit(Submit):
    """Compute."""

    form = LoanForm

    def name(self) -> str:
        """Named after the form."""
        return "action_loan_submit"

    def submit(self, turn: Turn, speak: Speaker) -> None:
        """Show the plan; it is no offer."""
        amount, rate, months = (
            Decimal(turn.slot("loan_amount")),
            Decimal(turn.slot("loan_rate")),
            turn.slot("loan_term"),
        )
        try:
            plan = bank.loan_payment(amount, rate, int(months), turn.slot("loan_method") or ANNUITY)
        except BadLoanTerms:
            speak.say("utter_loan_impossible")
            return
        response = "utter_loan_assumed_rate" if turn.slot("loan_rate_assumed") else "utter_loan"
        speak.say(response, rate=rate, card=loan_card(plan, amount, rate))
        turn.set("loan_last", {name: turn.slot(name) for name in LoanForm.slots})
        expect(turn, "loan_calculator")


def _possible(part: str, value: str) -> bool:
    limits = {
        "amount": (Decimal(0), LARGEST_PRINCIPAL),
        "term": (Decimal(0), Decimal(LONGEST_MONTHS)),
        "rate": (Decimal(0), HIGHEST_RATE),
    }
    if part not in limits:
        return True
    low, high = limits[part]
    return low < Decimal(value) <= high
