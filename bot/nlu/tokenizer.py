"""Jieba with the bank's dictionary, retrained when the dictionary changes."""

from __future__ import annotations

import hashlib
import pathlib
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.jieba_tokenizer import JiebaTokenizer


def dictionary_digest(folder: str | None) -> str:
    """Return a hash of the names and contents of a dictionary folder ("" without a folder)."""
    if folder is None:
        return ""
    digest = hashlib.sha256()
    for path in sorted(pathlib.Path(folder).glob("*")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class BankJiebaTokenizer(JiebaTokenizer):  # type: ignore[misc]  # Rasa ships no type information
    """``JiebaTokenizer`` whose fingerprint covers the dictionary files.

    Rasa fingerprints the path only: with its own tokenizer an edited dictionary leaves the cached,
    outdated model in place until ``--force``.
    """

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Return what makes ``rasa train`` notice a changed dictionary."""
        return dictionary_digest(config.get("dictionary_path"))
