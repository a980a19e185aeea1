"""The lint commands find nothing here, and do find what they are for."""

from pathlib import Path

import pytest

from tests.lint import import_direction, migration_drift, nlu_data


def test_imports_point_one_way() -> None:
    assert import_direction.violations() == []


@pytest.mark.parametrize(
    ("module", "target"),
    [
        ("integrations.crm.tickets.service", "fastapi"),
        ("integrations.crm.customers.service", "integrations.crm.conversations.service"),
        ("knowledge_base.search", "integrations.crm.models"),
        ("bot.nlu.dates", "actions.forms"),
        ("integrations.web_chat.routes", "integrations.console.pages"),
        ("actions.balance", "integrations.gateway.app"),
    ],
)
def test_a_wrong_import_is_found(module: str, target: str) -> None:
    assert import_direction._problem(module, target)


def test_migrations_agree_with_models() -> None:
    assert migration_drift.differences() == []


def test_training_data_is_clean() -> None:
    assert nlu_data.problems() == []


def test_an_example_in_two_intents_is_found(tmp_path: Path) -> None:
    blocks = "".join(f"- intent: {name}\n  examples: |\n    - 查余额\n" for name in ("one", "two"))
    (tmp_path / "topic.yml").write_text(f'version: "3.1"\nnlu:\n{blocks}', encoding="utf-8")
    assert any("查余额" in line for line in nlu_data.problems(tmp_path))
