"""网点"""

import re

from actions.cards import branch_card
from actions.enquiry import answer_question
from actions.topic import Topic, expect
from actions.turn import Speaker, Turn, button
from integrations.crm.bank import service as bank

SHOWN = 3
CITIES_OFFERED = 6
_ABOUT_HOURS = re.compile(r"几点|营业时间|上班|下班|关门|开门|休息|预约|周[六日末]|节|放假|带什么|办理")


class Branches(Topic):
    """Branches and cash machines of a city or district."""

    intent = "branch"
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Ask for the place where it's missing; general questions go to the knowledge base."""
        city, district = turn.entity("city"), turn.entity("district")
        kind = turn.entity("branch_kind") or turn.slot("branch_kind")
        turn.reset("branch_kind")
        if not city and not district:
            if _ABOUT_HOURS.search(turn.text):
                answer_question(turn, speak)
                return
            turn.set("branch_kind", kind)
            speak.say("utter_branch_ask_place", buttons=_city_buttons())
            expect(turn, "branch")
            return
        found = bank.find_branches(city=city, district=district, kind=kind, limit=SHOWN)
        if not found and city and district:
            found = bank.find_branches(city=city, kind=kind, limit=SHOWN)
        if not found:
            speak.say("utter_branch_none", place=f"{city or ''}{district or ''}", buttons=_city_buttons())
            expect(turn, "branch")
            return
        for place, branch in enumerate(found):
            speak.say("utter_branch" if place == 0 else "utter_branch_further", card=branch_card(branch))


def _city_buttons() -> list[dict[str, str]]:
    return [button(city, f"{city}的网点") for city in bank.cities()[:CITIES_OFFERED]]
