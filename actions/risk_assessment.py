"""风险测评: the questionnaire, one question at a time; nothing is kept of one that was not finished."""

import re
from typing import Any

from actions.answers import is_correction, is_no, is_yes
from actions.cards import CardData
from actions.forms import CANCEL, Form
from actions.submit import Submit
from actions.topic import Topic, offer, serve, start_form, topic
from actions.turn import Buttons, Speaker, Turn, button
from integrations.crm.customers.masking import format_date
from integrations.crm.customers.periods import today
from integrations.crm.models import RiskAssessment
from integrations.crm.recommendations import risk_assessment
from integrations.crm.recommendations.errors import NoCapacity, TooManyAssessments
from integrations.crm.recommendations.risk_questionnaire import Option, Question
from knowledge_base.question_text import fold

_MEANINGS = {
    1: "您更看重本金安全，适合R1（低风险）产品",
    2: "您能接受较小的波动，适合R1、R2（中低风险及以下）产品",
    3: "您能接受一定的波动，适合R1至R3（中风险及以下）产品",
    4: "您能接受较大的波动，适合R1至R4（中高风险及以下）产品",
    5: "您能接受很大的波动，适合R1至R5产品",
}
_LIMITS = {"day": "utter_risk_assessment_day_limit", "year": "utter_risk_assessment_year_limit"}
_WANTS_NEW = re.compile(r"重新|重做|重测|再[做测来评]|开始|更新|过期|到期|填|现在[就做测]|变了|先")
_WANTS_ANOTHER = re.compile(r"重新|重做|重测|再[做测来评]|更新|变了")
_WANTS_RESULT = re.compile(r"结果|有效|什么时候|是什么|看[一看下]|查|多少|哪一?级")
_BACK = re.compile(r"上一[题步个]|回[到去]|退回|返回|前一[题个]|往回")
_LETTER = re.compile(
    r"(?:我?(?:还是)?(?:选|要|答|填)?(?:择|项|第)?|答案是?|应该是?|是|就|改成|改为|换成)?"
    r"([a-e])(?:[项选吧了呀啊的]|选项)*"
)
_COUNTED = re.compile(r"(?:我?选)?第?([一二三四五1-5])(?:个|项|条|种)?(?:选项|吧|了)*")
_NUMERALS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5}
_ANSWER, _CONFIRM = "answer", "confirm"


class TakeAssessment(Topic):
    """我要做风险测评"""

    intent = "risk_assessment"
    level = "verified"

    def needs_verification(self, turn: Turn, speak: Speaker) -> None:
        """The result decides what may be sold to whom: it has to be their own."""
        speak.say("utter_risk_assessment_verification")

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Show a result that counts; begin where there is none, or where a new one is wanted.

        Where it was only a way to something else, as to who was not verified yet, and a result counts, that
        follows at once.
        """
        customer = turn.verified_customer
        newest = risk_assessment.newest_assessment(turn.session, customer.id)
        counts = newest is not None and turn.now < newest.expires_at
        if not risk_assessment.has_capacity(customer, turn.now):
            speak.say("utter_recommendation_no_capacity")
        elif counts and _is_on_the_way(turn):
            _go_on(turn, speak)
        elif newest is not None and counts and not _wants_new(turn):
            speak.say("utter_risk_assessment_current", **_result(newest))
            offer(turn, self.intent)
        else:
            _begin(turn, speak, customer.id)


class RiskAssessmentForm(Form):
    """One question after the other, then a look at all answers before they count."""

    intent = "risk_assessment"
    slots = ("risk_assessment_answers", "risk_assessment_confirmed")

    def fill(self, turn: Turn, speak: Speaker) -> None:
        """Say what it is, how often it can be taken, and that leaving keeps nothing."""
        turn.set("risk_assessment_answers", {})
        speak.say(
            "utter_risk_assessment_begin",
            count=len(risk_assessment.questions()),
            day=risk_assessment.A_DAY,
            year=risk_assessment.A_YEAR,
        )

    def next_question(self, turn: Turn) -> str | None:
        """The first question without answer, then the confirmation."""
        if _open_question(turn) is not None:
            return _ANSWER
        return None if turn.slot("risk_assessment_confirmed") else _CONFIRM

    def ask(self, turn: Turn, speak: Speaker, question: str) -> None:
        """The question with its options, or all answers as a card."""
        asked = _open_question(turn)
        if asked is None:
            speak.say("utter_question_risk_assessment_form_confirm", card=_answers_card(turn))
            return
        speak.say(
            "utter_question_risk_assessment_form_answer",
            place=risk_assessment.questions().index(asked) + 1,
            count=len(risk_assessment.questions()),
            question=asked.text,
            buttons=_options(asked, first=not _answers(turn)),
        )

    def buttons(self, turn: Turn, question: str) -> Buttons:
        """They are made with the question."""
        return []

    def leaving(self, turn: Turn, question: str) -> str | None:
        """An answer is an answer, whatever its intent looks like."""
        return None if self.understands(turn, question) else super().leaving(turn, question)

    def understands(self, turn: Turn, question: str) -> bool:
        """An option, or the wish to go back."""
        asked = _open_question(turn)
        chosen = asked is not None and _chosen(turn, asked) is not None
        return chosen or bool(_BACK.search(turn.text))

    def take(self, turn: Turn, speak: Speaker, question: str) -> bool:
        """One option; yes at the end."""
        if _BACK.search(turn.text):
            return _go_back(turn, speak)
        asked = _open_question(turn)
        if asked is None:
            return self._confirm(turn)
        option = _chosen(turn, asked)
        if option is None:
            return False
        turn.set("risk_assessment_answers", {**_answers(turn), asked.id: option.key})
        return True

    def correct(self, turn: Turn, speak: Speaker, question: str) -> bool:
        """「不对，选错了」: the question before is asked again; 「上一题选C」 answers it at once."""
        asked = _open_question(turn)
        corrected = is_correction(turn) or bool(_BACK.search(turn.text))
        if not corrected or (asked is not None and _chosen(turn, asked) is not None):
            return False
        return _go_back(turn, speak)

    def _confirm(self, turn: Turn) -> bool:
        if is_yes(turn):
            turn.set("risk_assessment_confirmed", True)
        elif is_no(turn):
            turn.set("form_exit", CANCEL)
        else:
            return False
        return True


class RiskAssessmentSubmit(Submit):
    """Judge the answers and say what they mean."""

    form = RiskAssessmentForm

    def submit(self, turn: Turn, speak: Speaker) -> None:
        """One message stores one assessment; then what it was taken for."""
        try:
            made = risk_assessment.record_assessment(
                turn.session,
                turn.verified_customer.id,
                _answers(turn),
                channel=turn.conversation.channel,
                source_key=turn.source_key("risk_assessment"),
                now=turn.now,
            )
        except NoCapacity:
            speak.say("utter_recommendation_no_capacity")
            return
        except TooManyAssessments as error:
            # Taken elsewhere while this one was filled in.
            speak.say(_LIMITS[error.data["limit"]])
            return
        speak.say("utter_risk_assessment_done", **_result(made))
        self.release(turn)
        _go_on(turn, speak)

    def cancelled(self, turn: Turn, speak: Speaker) -> None:
        """Nothing is kept."""
        turn.reset("after_assessment")
        speak.say("utter_risk_assessment_cancelled")


def _begin(turn: Turn, speak: Speaker, customer_id: int) -> None:
    try:
        risk_assessment.check_may_take(turn.session, customer_id, turn.now)
    except TooManyAssessments as error:
        speak.say(_LIMITS[error.data["limit"]])
        return
    start_form(turn, RiskAssessmentForm.form_name())


def _go_on(turn: Turn, speak: Speaker) -> None:
    """Serve what the assessment was wanted for, if anything."""
    wanted = turn.slot("after_assessment")
    turn.reset("after_assessment")
    if wanted and topic(wanted["intent"]) is not None:
        turn.recall(wanted)
        serve(wanted["intent"], turn, speak)


def _is_on_the_way(turn: Turn) -> bool:
    """Whether it is taken for something else's sake, and not for a new result or a look at the last one."""
    by_itself = _WANTS_ANOTHER.search(turn.text) or _WANTS_RESULT.search(turn.text)
    return bool(turn.slot("after_assessment")) and not by_itself


def _wants_new(turn: Turn) -> bool:
    """A yes to 「要重新测评吗」, or words that can't mean the last result."""
    if turn.intent == "affirm":
        return True
    return bool(_WANTS_NEW.search(turn.text)) and not _WANTS_RESULT.search(turn.text)


def _result(made: RiskAssessment) -> dict[str, Any]:
    return {
        "level": f"{risk_assessment.LEVEL_NAMES[made.level]}（C{made.level}）",
        "meaning": _MEANINGS[made.level],
        "until": format_date(today(made.expires_at)),
    }


def _answers(turn: Turn) -> dict[str, str]:
    """Answers to questions that are still asked."""
    known = {question.id for question in risk_assessment.questions()}
    return {
        asked: key for asked, key in (turn.slot("risk_assessment_answers") or {}).items() if asked in known
    }


def _open_question(turn: Turn) -> Question | None:
    answers = _answers(turn)
    return next((one for one in risk_assessment.questions() if one.id not in answers), None)


def _go_back(turn: Turn, speak: Speaker) -> bool:
    """Take the last answer back, and the new one where the message holds it."""
    answers = _answers(turn)
    if not answers:
        speak.say("utter_risk_assessment_first")
        return True
    last = next(one for one in reversed(risk_assessment.questions()) if one.id in answers)
    del answers[last.id]
    option = _chosen_after(turn, last)
    turn.set("risk_assessment_answers", answers | ({last.id: option.key} if option else {}))
    turn.reset("risk_assessment_confirmed")
    return True


def _chosen_after(turn: Turn, question: Question) -> Option | None:
    """The option in 「上一题选C」."""
    found = re.search(r"[选是成为]\s*([a-eA-E])(?![a-zA-Z])", turn.text)
    return _option(question, found[1].upper()) if found else None


def _chosen(turn: Turn, question: Question) -> Option | None:
    """The option that the message names: its letter, its words, or its place."""
    said = fold(turn.text)
    if letter := _LETTER.fullmatch(said):
        return _option(question, letter[1].upper())
    worded = [one for one in question.options if said in (fold(one.text), fold(one.key + one.text))]
    if worded:
        return worded[0]
    place = turn.entity("ordinal")
    counted = _COUNTED.fullmatch(said)
    if counted:
        place = _NUMERALS.get(counted[1]) or int(counted[1])
    if not isinstance(place, int) or "题" in turn.text or not 1 <= abs(place) <= len(question.options):
        return None
    return question.options[place - 1 if place > 0 else place]


def _option(question: Question, key: str) -> Option | None:
    return next((one for one in question.options if one.key == key), None)


def _options(question: Question, *, first: bool) -> Buttons:
    chosen = [button(f"{one.key}. {one.text}", f"选{one.key}") for one in question.options]
    return [*chosen, *([] if first else [button("上一题")])]


def _answers_card(turn: Turn) -> CardData:
    answers = _answers(turn)
    rows = []
    for place, question in enumerate(risk_assessment.questions(), start=1):
        option = _option(question, answers[question.id])
        rows.append([f"{place}. {question.text}", option.text if option else ""])
    return {"kind": "assessment", "title": "您的回答", "rows": rows}
