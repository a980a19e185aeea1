"""Whether a message plainly asks for a person. Needs no bot: the way to a person must not depend on it."""

import re

_PERSON = re.compile(
    r"^(?:我(?:要|想)?|请|给我|帮我|麻烦)*(?:转|接|找|叫|要|换)?(?:一?[个位])?"
    r"(?:人工|真人|客服|坐席|人工客服|人工服务|真人客服|活人)(?:服务|客服|坐席)?[吧啊呀!！。.]*$"
)


def asks_for_person(text: str) -> bool:
    """True for 「人工」, 「转人工」, 「我要找真人客服」 and the like; False where more is said."""
    return bool(_PERSON.match(text.strip()))
