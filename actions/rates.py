"""利率"""

import re

from actions.articles import answer_question
from actions.cards import deposit_rates_card, loan_rates_card
from actions.topic import Topic, continued, expect
from actions.turn import Speaker, Turn
from integrations.crm.bank import service as bank
from integrations.crm.customers.masking import format_date

_LOAN = re.compile(r"贷|lpr|首套|二套", re.I)
_ELSEWHERE = re.compile(
    r"汇率|外汇|美元|欧元|港币|日元|英镑|牌价|金价|黄金|国债|理财|基金|通知存款|零存整取|大额存单|公积金|信用卡|分期"
)


class Rates(Topic):
    """Deposit and loan rates as published."""

    intent = "rates"
    digression = True
    ours_only = True
    values = ("product_line", "term_months")

    def meant(self, turn: Turn) -> str:
        """「利率3.2」 after a loan was calculated changes that."""
        last = continued(turn) if turn.entity("rate") else None
        return last or super().meant(turn)

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """The table asked for; what isn't in it is looked up in the knowledge base."""
        expect(turn, "rates")
        if _ELSEWHERE.search(turn.text):
            answer_question(turn, speak)
        elif _LOAN.search(turn.text) or "贷款" in turn.all_entities("product_line"):
            loans = bank.loan_rates()
            speak.say("utter_rates_loan", card=loan_rates_card(loans), date=format_date(loans.effective_date))
        else:
            deposits = bank.deposit_rates()
            speak.say(
                "utter_rates_deposit",
                card=deposit_rates_card(deposits),
                date=format_date(deposits.effective_date),
            )
