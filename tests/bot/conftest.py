"""Tests of the bot room; run with the bot's own interpreter: .venv/bot/bin/python -m pytest tests/bot.

Under the app's interpreter, which has no Rasa, nothing here is collected.
"""

from __future__ import annotations

import importlib.util
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

HAS_RASA = importlib.util.find_spec("rasa") is not None
collect_ignore_glob = [] if HAS_RASA else ["test_*.py"]


@pytest.fixture(scope="session")
def bank_dictionary() -> pathlib.Path:
    """Load the bank's words into jieba, as the pipeline's tokenizer does."""
    import jieba

    folder = ROOT / "bot" / "dictionary"
    for path in sorted(folder.glob("*")):
        jieba.load_userdict(str(path))
    # Other tests may have built the matchers without these words.
    from bot.nlu.entities import BankEntityExtractor

    BankEntityExtractor()
    return folder
