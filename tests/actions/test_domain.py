"""domain.yml, the rules and the actions agree."""

import re
from typing import Any

import pytest
import yaml

from actions.forms import Form
from actions.submit import Submit
from integrations.console import understood_names
from tests.actions.dialogue import PROJECT, action_of, domain, executor

SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in (PROJECT / "actions").glob("*.py"))
# Said by Rasa itself, or built from a status.
BUILT = {"utter_default"} | {
    f"utter_transfer_{status}" for status in ("processing", "succeeded", "failed", "returned")
}
BUILT |= {f"utter_ticket_{status}" for status in ("open", "in_progress", "resolved", "withdrawn")}
BUILT |= {f"utter_loan_{part}_out_of_range" for part in ("amount", "term", "rate")}


def forms() -> set[str]:
    """The forms that have a validate_ action."""
    assert executor().actions
    return {one.form_name() for one in Form.__subclasses__()}


def rules() -> list[dict[str, Any]]:
    files = sorted((PROJECT / "data/rules").glob("*.yml"))
    return [rule for file in files for rule in yaml.safe_load(file.read_text(encoding="utf-8"))["rules"]]


def test_every_action_is_declared_and_exists() -> None:
    assert sorted(executor().actions) == sorted(domain()["actions"])


def intents_of(step: dict[str, Any]) -> list[str]:
    return [one["intent"] for one in step.get("or", [step]) if "intent" in one]


def test_every_intent_has_its_rule() -> None:
    started = {
        intent: rule["steps"][1]["action"] for rule in rules() for intent in intents_of(rule["steps"][0])
    }
    assert started == {name: action_of(name) for entry in domain()["intents"] for name in entry}


def test_every_intent_and_entity_has_a_chinese_name() -> None:
    assert set(understood_names.INTENTS) == {name for entry in domain()["intents"] for name in entry}
    assert set(understood_names.ENTITIES) == set(domain()["entities"])


def test_every_form_ends_in_its_submit_action() -> None:
    ended = {
        rule["steps"][0]["action"]: rule["steps"][2]["action"]
        for rule in rules()
        if "action" in rule["steps"][0]
    }
    assert executor().actions
    assert ended == {one.form.form_name(): one().name() for one in Submit.__subclasses__()}
    assert set(ended) == set(domain()["forms"]) == forms()


def test_rasa_never_asks_on_its_own() -> None:
    """A response utter_ask_<slot> would be said by Rasa on top of the form's own question."""
    assert not [name for name in domain()["responses"] if name.startswith("utter_ask")]


def test_every_question_has_an_example_and_the_other_way_round() -> None:
    asked = {
        name.removeprefix("utter_question_") for name in domain()["responses"] if "utter_question_" in name
    }
    shown = {
        name.removeprefix("utter_example_") for name in domain()["responses"] if "utter_example_" in name
    }
    assert asked == shown
    assert {form for form in forms() if any(name.startswith(form) for name in asked)} == forms()


def test_every_response_is_said_somewhere() -> None:
    said = set(re.findall(r'"(utter_\w+)"', SOURCE)) | BUILT
    built = {name for name in domain()["responses"] if name.startswith(("utter_question_", "utter_example_"))}
    assert set(domain()["responses"]) - built <= said
    assert said <= set(domain()["responses"])


def test_every_slot_is_used() -> None:
    for slot in domain()["slots"]:
        part = slot.removeprefix("complaint_").removeprefix("loan_")
        assert f'"{slot}"' in SOURCE or f'"{part}"' in SOURCE, slot


@pytest.mark.parametrize("name", sorted(domain()["responses"]))
def test_buttons_say_what_a_customer_would_say(name: str) -> None:
    """Never an /intent: the leading slash is taken away, and it is no language."""
    for wording in domain()["responses"][name]:
        assert wording["text"].strip() and "/" not in wording["text"]
        for button in wording.get("buttons", []):
            assert button["title"] and button["payload"] and not button["payload"].startswith("/")


def test_no_placeholder_is_a_word_of_rasa_sdk() -> None:
    # `dispatcher.utter_message(text=…)` would say the value instead of the response.
    taken = {"text", "image", "response", "template", "attachment", "buttons", "elements", "json_message"}
    used = re.findall(r"{(\w+)}", str(domain()["responses"]))
    assert not taken & set(used)


def test_no_other_mapping_than_custom() -> None:
    """from_text would swallow 「转人工」 as the value asked for."""
    assert all(slot["mappings"] == [{"type": "custom"}] for slot in domain()["slots"].values())
