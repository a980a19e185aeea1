"""The encoder, the tokenizer's fingerprint and the project's own files."""

from __future__ import annotations

import pathlib
import shutil

import numpy as np
import pytest
import yaml
from rasa.engine.training.fingerprinting import calculate_fingerprint_key

from bot.nlu.encoder import DIMENSIONS, encode
from bot.nlu.normalizer import normalize
from bot.nlu.tokenizer import BankJiebaTokenizer

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_encoder_knows_meaning() -> None:
    vectors = encode(["我的银行卡丢了", "卡找不到了要挂失", "今天天气怎么样", ""])
    assert vectors.shape == (4, DIMENSIONS)
    assert np.allclose(np.linalg.norm(vectors[:3], axis=1), 1, atol=1e-3) and not vectors[3].any()
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.1


def test_changed_dictionary_changes_the_fingerprint(tmp_path: pathlib.Path) -> None:
    """Rasa's own tokenizer keeps the old model when the dictionary's content changes."""
    folder = tmp_path / "dictionary"
    shutil.copytree(ROOT / "bot" / "dictionary", folder)
    config = {"dictionary_path": str(folder)}
    before = calculate_fingerprint_key(BankJiebaTokenizer, config, {})
    assert calculate_fingerprint_key(BankJiebaTokenizer, config, {}) == before
    with (folder / "bank.txt").open("a", encoding="utf-8") as file:
        file.write("新词汇 20000 n\n")
    assert calculate_fingerprint_key(BankJiebaTokenizer, config, {}) != before


def test_config_names_the_dictionary_and_ends_with_the_fallback() -> None:
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    names = [component["name"] for component in config["pipeline"]]
    assert names[0] == "bot.nlu.normalizer.ChineseNormalizer" and names[-1] == "FallbackClassifier"
    [tokenizer] = [item for item in config["pipeline"] if item["name"].endswith("BankJiebaTokenizer")]
    assert (ROOT / tokenizer["dictionary_path"] / "bank.txt").is_file()


@pytest.mark.parametrize("name", ["endpoints.yml", "endpoints.cluster.yml"])
def test_endpoints_send_the_secret_and_use_the_strict_store(name: str) -> None:
    endpoints = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    assert endpoints["action_endpoint"]["headers"] == {"X-Qiantai-Secret": "${QIANTAI_ACTION_SECRET}"}
    assert "enable_selective_domain" not in endpoints["action_endpoint"]
    assert endpoints["tracker_store"]["type"] == "bot.channels.tracker_store.StrictSqlTrackerStore"


def test_no_example_belongs_to_two_intents_once_normalised() -> None:
    """The linter compares what is written; the classifier reads 餘額 and 余额 as the same."""
    owners: dict[str, set[str]] = {}
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for item in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            for line in item["examples"].splitlines():
                owners.setdefault(normalize(line.removeprefix("- ")), set()).add(item["intent"])
    assert len(owners) > 1000
    assert {text: intents for text, intents in owners.items() if len(intents) > 1} == {}
