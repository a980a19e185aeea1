"""What can go wrong with recommendations. Codes are mapped to statuses and words at the edges."""

from typing import Any


class RecommendationError(Exception):
    """Base of this room's errors; `code` is a stable machine word, `data` what the edge may show."""

    code = "recommendation_error"

    def __init__(self, message: str = "", **data: Any) -> None:
        super().__init__(message or self.code)
        self.data = data


class TooManyAssessments(RecommendationError):
    """The questionnaire cannot be taken again yet; `data["limit"]` is "day" or "year"."""

    code = "too_many_assessments"


class NoCapacity(RecommendationError):
    """A minor can neither be assessed nor be offered anything (民法典 Arts 17 and 18)."""

    code = "no_capacity"


class IncompleteAnswers(RecommendationError):
    """`data["missing"]` lists ids of questions without answer, `data["unknown"]` what fits no option."""

    code = "incomplete_answers"


class SourceKeyTaken(RecommendationError):
    """The request's key belongs to another customer's request."""

    code = "source_key_taken"


class BadModelFile(RecommendationError):
    """The stored recommendation model cannot be used; the message says why."""

    code = "bad_model_file"


class BadInteractions(RecommendationError):
    """There is nothing to learn from, or nothing to evaluate; the message says why."""

    code = "bad_interactions"
