"""Only what changed is encoded, and no state of the cache file can stop the search."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.articles import Article
from knowledge_base.search import Search
from knowledge_base.vector_cache import FILE_NAME, VectorCache
from tests.knowledge_base.conftest import CountingEncoder, make_article

Texts = ["卡丢了", "转账手续费", "贷款利率"]


def test_only_changed_articles_are_encoded(small: list[Article], tmp_path: Path) -> None:
    encoder = CountingEncoder()
    Search(small, encoder, cache_folder=tmp_path, background=["天气"])
    first = len(encoder.asked)
    assert first >= sum(1 + len(article.variants) for article in small)

    again = CountingEncoder()
    Search(small, again, cache_folder=tmp_path, background=["天气"])
    assert again.asked == []

    changed = dataclasses.replace(small[1], variants=(*small[1].variants, "异地汇款贵不贵"))
    Search([small[0], changed, small[2]], again, cache_folder=tmp_path, background=["天气"])
    assert again.asked == ["异地汇款贵不贵"]


def test_a_new_article_is_found_after_it_was_added(small: list[Article], tmp_path: Path) -> None:
    encoder = CountingEncoder()
    Search(small, encoder, cache_folder=tmp_path, background=[])
    added = make_article("etc-apply", "高速etc", "装etc设备")
    search = Search([*small, added], encoder, cache_folder=tmp_path, background=[])
    assert search.search("装etc设备")[0].article.id == "etc-apply"


def test_texts_no_longer_used_leave_the_cache(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    VectorCache(encoder, tmp_path).vectors(Texts)
    VectorCache(encoder, tmp_path).vectors(Texts[:1])
    encoder.asked.clear()
    VectorCache(encoder, tmp_path).vectors(Texts)
    assert encoder.asked == Texts[1:]


def test_another_encoder_does_not_read_these_vectors(tmp_path: Path) -> None:
    VectorCache(CountingEncoder("one"), tmp_path).vectors(Texts)
    other = CountingEncoder("two", dimension=32)
    assert VectorCache(other, tmp_path).vectors(Texts).shape == (3, 32)
    assert other.asked == Texts


def test_an_encoder_that_changed_its_dimension_under_its_name_is_encoded_anew(tmp_path: Path) -> None:
    VectorCache(CountingEncoder("same", dimension=16), tmp_path).vectors(Texts[:2])
    wider = CountingEncoder("same", dimension=32)
    assert VectorCache(wider, tmp_path).vectors(Texts).shape == (3, 32)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def noise(path: Path) -> None:
    path.write_bytes(b"\x00not a zip" * 50)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(bytes(data))


def lacking(path: Path) -> None:
    np.savez(path, keys=np.array(["a"]))


def uneven(path: Path) -> None:
    np.savez(path, keys=np.array(["a", "b"]), vectors=np.ones((3, 64), dtype=np.float32))


def not_a_number(path: Path) -> None:
    with np.load(path) as stored:
        keys, rows = stored["keys"], stored["vectors"].copy()
    rows[0, 0] = np.nan
    np.savez(path, keys=keys, vectors=rows)


def pickled(path: Path) -> None:
    np.savez(path, keys=np.array([object()]), vectors=np.ones((1, 64), dtype=np.float32))


@pytest.mark.parametrize("damage", [empty, noise, cut, flipped, lacking, uneven, not_a_number, pickled])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    expected = VectorCache(CountingEncoder(), tmp_path).vectors(Texts)
    damage(tmp_path / FILE_NAME)
    encoder = CountingEncoder()
    assert np.array_equal(VectorCache(encoder, tmp_path).vectors(Texts), expected)
    assert encoder.asked == Texts
    encoder.asked.clear()
    VectorCache(encoder, tmp_path).vectors(Texts)
    assert encoder.asked == []


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    encoder = CountingEncoder()
    assert VectorCache(encoder, blocked).vectors(Texts).shape == (3, 64)
    assert VectorCache(encoder, blocked / "below").vectors(Texts).shape == (3, 64)


def test_nothing_is_left_beside_the_cache_file(tmp_path: Path) -> None:
    VectorCache(CountingEncoder(), tmp_path).vectors(Texts)
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_the_same_text_twice_is_encoded_once(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    rows = VectorCache(encoder, tmp_path).vectors(["卡", "卡"])
    assert encoder.asked == ["卡"]
    assert np.array_equal(rows[0], rows[1])
