"""Phone, last four digits, one-time code; three wrong codes lock; it holds for the session."""

import re

from tests.dialogues.chat import Chat
from tests.dialogues.conftest import Person
from tests.system import System


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def typed(data: bytes, digits: str) -> bool:
    """Whether digits stand in a file as such: not within an id, a confidence or a time stamp.

    The tracker holds so many of those that any six digits turn up in them sooner or later.
    """
    plain = re.sub(rb"\\u[0-9a-f]{4}", b" ", data)
    return re.search(rb"(?<![0-9a-f.])%s(?![0-9a-f])" % digits.encode(), plain) is not None


def test_a_visitor_is_verified_and_stays_so(system: System, chat: Chat, person: Person) -> None:
    assert "手机号" in chat.say("查一下我的余额")
    said = chat.verify(person.phone, person.tail)
    assert "¥" in said and said.cards
    assert "手机号" not in chat.say("再查一下余额")


def test_a_known_customer_is_not_asked_for_the_phone(system: System, known: Chat, person: Person) -> None:
    said = known.say("查余额")
    assert "手机号" not in said and "末四位" in said
    known.say(person.tail)
    assert "¥" in known.say(system.last_code(person.phone))


def test_full_width_digits_and_spaces_are_understood(system: System, chat: Chat, person: Person) -> None:
    wide = person.phone.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    chat.say("查余额")
    assert "末四位" in chat.say(f"{wide[:3]} {wide[3:7]} {wide[7:]}")


def test_a_corrected_phone_is_taken(system: System, chat: Chat, person: Person) -> None:
    chat.say("查余额")
    chat.say("13800000000")
    chat.say(f"不是，我的手机号是{person.phone}")
    chat.say(person.tail)
    assert "¥" in chat.say(system.last_code(person.phone))


def test_nobody_learns_whether_a_phone_is_known(system: System, person: Person) -> None:
    answers = []
    for phone in (person.phone, "13712345678"):
        chat = Chat(system)
        chat.say("查余额")
        answers.append((chat.say(phone).text, chat.say("0000").text))
    assert answers[0] == answers[1]


def test_three_wrong_codes_lock(system: System, chat: Chat, person: Person) -> None:
    chat.say("查余额")
    chat.say(person.phone)
    chat.say(person.tail)
    code = wrong(system.last_code(person.phone))
    assert "2次" in chat.say(code)
    assert "1次" in chat.say(code)
    assert "分钟后再试" in chat.say(code)
    assert "¥" not in chat.say(system.last_code(person.phone))


def test_a_code_never_reaches_the_bots_store(system: System, chat: Chat, person: Person) -> None:
    chat.say("查余额")
    chat.verify(person.phone, person.tail)
    code = system.last_code(person.phone)
    assert typed(system.settings.tracker_database.read_bytes(), person.phone), "what is typed would be found"
    for path in [
        system.settings.tracker_database,
        *system.folder.glob("crm.db*"),
        *system.folder.glob("log/*"),
    ]:
        assert not typed(path.read_bytes(), code), path


def test_another_code_on_request(system: System, chat: Chat, person: Person) -> None:
    chat.say("查余额")
    chat.say(person.phone)
    chat.say(person.tail)
    chat.say("重新发送")
    assert "¥" in chat.say(system.last_code(person.phone))
