"""网点"""

import re

from actions.articles import answer_question, show
from actions.cards import branch_card
from actions.failures import rejected
from actions.topic import Topic, expect
from actions.turn import Speaker, Turn, button
from integrations.crm.bank import service as bank

SHOWN = 3
CITIES_OFFERED = 6
_NEAR_KM = 50.0  # further away, nobody goes there
_HOURS = "service-hours"  # the article on opening hours
_ABOUT_HOURS = re.compile(
    r"几点|营业时间|上班|下班|关门|开门|休息|预约|周[六日末]|礼拜|星期[六日天]|节|放假|带什么|办理"
)


class Branches(Topic):
    """Branches and cash machines of a city or district."""

    intent = "branch"
    ours_only = True
    values = ("city", "district", "branch_kind")
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Ask for the place where it's missing; general questions go to the knowledge base."""
        city, district, kind = _wanted(turn)
        if turn.incoming.location is not None:
            _answer_nearest(turn.incoming.location, kind, speak)
            return
        if _ABOUT_HOURS.search(turn.text) and not (turn.entity("city") or turn.entity("district")):
            _answer_hours(turn, speak)
            return
        turn.set("branch_wanted", [city, district, kind])
        if not city and not district:
            speak.say("utter_branch_ask_place", buttons=_city_buttons())
            expect(turn, "branch")
            return
        expect(turn, "branch")
        place, what = f"{city or ''}{district or ''}", kind or "网点"
        found = bank.find_branches(city=city, district=district, kind=kind, limit=SHOWN)
        if found:
            speak.say("utter_branch", card=branch_card(found[0]), place=place, kind=what)
        elif city and district and (found := bank.find_branches(city=city, kind=kind, limit=SHOWN)):
            card = branch_card(found[0])
            speak.say("utter_branch_nearby", card=card, place=place, kind=what, city=city)
        else:
            speak.say("utter_branch_none", place=place, kind=what, buttons=_city_buttons())
        for branch in found[1:]:
            speak.say("utter_branch_further", card=branch_card(branch))


def _answer_nearest(place: tuple[float, float], kind: str | None, speak: Speaker) -> None:
    """The customer sent where they are."""
    first, *others = bank.nearest_branches(*place, kind=kind, limit=SHOWN)
    away = bank.distance_km(*place, first.lat, first.lon)
    what, card = kind or first.kind, branch_card(first)
    if away > _NEAR_KM:
        speak.say("utter_branch_far", card=card, kind=what, away=f"{away:.0f}")
        return
    speak.say("utter_branch_nearest", card=card, kind=what, away=f"{away:.1f}")
    for branch in others:
        speak.say("utter_branch_further", card=branch_card(branch))


def _answer_hours(turn: Turn, speak: Speaker) -> None:
    """「你们几点下班」: too short for the search to be sure of, but here the subject is known."""
    found = turn.look_up(turn.text)
    likeliest = found.suggestions[0] if found.article is None and found.suggestions else None
    if likeliest is not None and likeliest.id == _HOURS and _HOURS not in rejected(turn):
        show(turn, speak, likeliest, [], turn.text)
    else:
        answer_question(turn, speak)


def _wanted(turn: Turn) -> list[str | None]:
    """City, district and kind: of the message, or of the request that it goes on with."""
    before: list[str | None] = (turn.slot("branch_wanted") if turn.goes_on else None) or [None, None, None]
    city, district = turn.entity("city"), turn.entity("district")
    if not city and not district:
        city, district = before[:2]
    return [city, district, turn.entity("branch_kind") or before[2]]


def _city_buttons() -> list[dict[str, str]]:
    return [button(city, f"{city}的网点") for city in bank.cities()[:CITIES_OFFERED]]
