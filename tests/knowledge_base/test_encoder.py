"""The bundled encoder behaves as a sentence-transformers model, without a network."""

from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from knowledge_base.adapter import DIMENSION, PARAPHRASES, default_encoder, read_triplets, sentence_encoder
from knowledge_base.encoder import SentenceEncoder, load_encoder
from knowledge_base.facts import ArticleError
from knowledge_base.pretrained import MAX_TOKENS, load, token_ids
from tests.knowledge_base.conftest import PROJECT


def test_vectors_have_length_one_and_the_promised_dimension(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(["银行卡丢了怎么挂失", "hello", "🙂", ""])
    assert vectors.shape == (4, DIMENSION)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    assert encoder.encode([]).shape == (0, DIMENSION)


def test_the_same_text_has_the_same_vector_alone_and_in_a_batch(encoder: SentenceEncoder) -> None:
    together = encoder.encode(["转账限额是多少", "卡丢了"])
    assert np.allclose(together[1], encoder.encode(["卡丢了"])[0], atol=1e-5)


def test_near_meanings_are_nearer(encoder: SentenceEncoder) -> None:
    lost, missing, loan = encoder.encode(["银行卡丢了怎么办", "我的银行卡不见了", "贷款利率是多少"])
    assert lost @ missing > lost @ loan + 0.2


# Not among the paraphrases: asked, the same in other words, something else in like words.
UNSEEN = [
    ("取钱一天最多多少", "每日提现的上限", "取钱一天要多少手续费"),
    ("卡冻住了怎么解", "账户被限制了想恢复正常", "卡怎么冻结"),
    ("信用卡哪天还钱", "刷卡的账最迟啥时候结清", "信用卡哪天能办好"),
    ("贷款要哪些资料", "借钱得准备什么证件", "贷款要多少利息"),
    ("转错人了", "钱打到陌生账户去了", "转账给家人"),
    ("手机号不用了要改", "换了新号码怎么登记", "手机号收不到验证码"),
    ("定期提前取划算吗", "没到期支出来利息咋算", "定期到期怎么取"),
    ("短信费怎么不扣了", "不想要余额变动提醒收费", "短信费什么时候扣"),
]


def test_the_adapter_tells_wishes_apart_better_than_the_bare_encoder(encoder: SentenceEncoder) -> None:
    bare = SentenceTransformer(modules=[encoder.model[0]], device="cpu")
    assert not {one[:2] for one in UNSEEN} & {one[:2] for one in read_triplets()}

    def margin(model: SentenceTransformer) -> float:
        asked, same, other = (
            model.encode(list(column), normalize_embeddings=True) for column in zip(*UNSEEN, strict=True)
        )
        return float(((asked * same).sum(axis=1) - (asked * other).sum(axis=1)).mean())

    assert margin(encoder.model) > margin(bare) + 0.05


def test_it_is_a_sentence_transformer(encoder: SentenceEncoder) -> None:
    assert isinstance(encoder.model, SentenceTransformer)
    assert encoder.model.get_embedding_dimension() == DIMENSION
    scores = encoder.model.similarity(
        encoder.model.encode(["取款机吞卡"]), encoder.model.encode(["ATM吞了我的卡", "天气"])
    )
    assert scores[0, 0] > scores[0, 1]


def test_saved_and_loaded_it_gives_the_same_vectors(encoder: SentenceEncoder, tmp_path: Path) -> None:
    encoder.model.save(str(tmp_path), create_model_card=False)
    again = load_encoder(str(tmp_path))
    assert np.allclose(again.encode(["补卡"], normalize_embeddings=True), encoder.encode(["补卡"]), atol=1e-5)


def test_a_trained_adapter_is_kept(encoder: SentenceEncoder) -> None:
    """A second start does not train again, and gives the same name, by which vectors are kept."""
    assert default_encoder(PROJECT / "models").name == encoder.name


def test_any_other_name_goes_to_sentence_transformers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[tuple[str, bool]] = []

    class Fake:
        def __init__(self, name: str, *, device: str, trust_remote_code: bool) -> None:
            asked.append((name, trust_remote_code))

        def encode(self, texts: list[str], **_options: object) -> np.ndarray:
            return np.ones((len(texts), 3), dtype=np.float32)

    monkeypatch.setattr("knowledge_base.encoder.SentenceTransformer", Fake)
    assert sentence_encoder("BAAI/bge-small-zh-v1.5", tmp_path).name == "BAAI/bge-small-zh-v1.5"
    assert asked == [("BAAI/bge-small-zh-v1.5", False)]
    assert not list(tmp_path.iterdir())


def test_tokens_are_capped_and_marked() -> None:
    tokenizer, weights = load()
    [long, empty] = token_ids(tokenizer, ["卡" * 5000, ""])
    assert len(long) == MAX_TOKENS
    assert empty[0] == 0
    assert empty[-1] == 2
    assert weights["word"].shape[0] == tokenizer.get_vocab_size()


@pytest.mark.parametrize("text", ["只有一列", "两列\t不够", "有\t空\t ", "一\t二\t三\t四"])
def test_a_bad_line_of_paraphrases_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "bad.tsv").write_text(f"好\t行\t不\n{text}\n", encoding="utf-8")
    with pytest.raises(ArticleError, match=r"bad\.tsv"):
        read_triplets(tmp_path)


def test_no_paraphrases_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="holds no triplets"):
        read_triplets(tmp_path)


def test_the_paraphrases_are_many_and_distinct() -> None:
    triplets = read_triplets()
    assert len(triplets) >= 1900
    assert len(set(triplets)) == len(triplets)
    assert {path.stem for path in PARAPHRASES.glob("*.tsv")} == {"banking", "online_loan"}
    assert not [one for one in triplets if len(set(one)) < 3]
