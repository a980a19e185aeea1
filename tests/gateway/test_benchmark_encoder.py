"""Pairs of questions: files that can't be used are named, and the scores are what they say."""

import subprocess
from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import spearmanr

from integrations.crm.settings import PROJECT
from integrations.gateway.cli.benchmark_encoder import read_pairs
from integrations.gateway.cli.pair_scores import best_threshold, cosines, spearman
from integrations.gateway.cli.paths import APP_PYTHON
from tests.gateway.refusals import refused

SAME = "卡丢了怎么办\t银行卡遗失如何处理\t1\n"
OTHER = "卡丢了怎么办\t贷款利率是多少\t0\n"

# ---- the command


def test_figures_come_last_in_their_order(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.tsv"
    more = "怎么查余额\t余额在哪里看\t1\n怎么查余额\t今天下雨吗\t0\n"
    pairs.write_text(SAME + OTHER + more, encoding="utf-8")
    command = [
        str(APP_PYTHON),
        "-m",
        "integrations.gateway.cli",
        "benchmark",
        "encoder",
        "--pairs",
        str(pairs),
    ]
    result = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=170, check=False)
    assert result.returncode == 0, result.stderr
    figures = [line.split(": ") for line in result.stdout.splitlines()[-6:]]
    assert [name for name, _ in figures] == [
        "pairs",
        "baseline_spearman",
        "bare_spearman",
        "threshold",
        "accuracy",
        "spearman",
    ]
    found = {name: float(value) for name, value in figures}
    # Four pairs that no encoder should take for each other.
    assert found["pairs"] == 4 and found["accuracy"] == 1.0
    assert found["spearman"] == pytest.approx(spearmanr([1, 1, 0, 0], [3, 4, 1, 2]).statistic, abs=1e-4)


# ---- files


def test_a_sound_file_is_read_as_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "pairs.tsv"
    quoted = '"引号" 和 \u2028 分行\t另一句\t0'
    file.write_bytes(("\ufeff" + SAME.replace("\n", "\r\n") + "\n" + quoted).encode())
    pairs = read_pairs(file)
    assert pairs.left == ["卡丢了怎么办", '"引号" 和 \u2028 分行']
    assert pairs.right == ["银行卡遗失如何处理", "另一句"]
    assert pairs.labels.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\n  \n", "is empty"),
        (b"\xff\xfe\t\t1\n", "not UTF-8"),
        ((SAME + "只有一句\t1\n").encode(), "line 2: 2 fields"),
        ((SAME + "\n" + "一\t二\t三\t1\n").encode(), "line 3: 4 fields"),
        ((SAME + "一\t二\t2\n").encode(), "line 2: the label must be 0 or 1"),
        (("text\tother\tlabel\n" + SAME).encode(), "line 1: the label must be 0 or 1"),
        ((SAME + "一\t二\t１\n").encode(), "line 2: the label must be 0 or 1"),
        ((SAME + "\t二\t0\n").encode(), "line 2: a question is empty"),
        ((SAME + SAME).encode(), "has the label 1"),
        ((OTHER + OTHER).encode(), "has the label 0"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "pairs.tsv"
    file.write_bytes(content)
    said = refused("benchmark", "encoder", "--pairs", str(file))
    assert sentence in said and "pairs.tsv" in said


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    assert "none.tsv" in refused("benchmark", "encoder", "--pairs", str(tmp_path / "none.tsv"))
    assert "directory" in refused("benchmark", "encoder", "--pairs", str(tmp_path)).lower()


# ---- scores


def test_cosines_go_row_by_row_and_lengths_do_not_matter() -> None:
    left = np.array([[2, 0], [0, 3], [1, 1], [0, 0]], dtype=np.float32)
    right = np.array([[5, 0], [0, -1], [1, 0], [1, 0]], dtype=np.float32)
    assert cosines(left, right) == pytest.approx([1, -1, np.sqrt(0.5), 0])


def test_cosines_of_like_vectors_differ_still() -> None:
    left = np.array([[1, 0], [1, 0]], dtype=np.float32)
    right = np.array([[1, 1e-3], [1, 1.1e-3]], dtype=np.float32)
    near, far = cosines(left, right)
    assert near > far


def all_small_cases(longest: int) -> list[tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]]:
    """Every choice of up to ``longest`` similarities of three values with every choice of labels."""
    return [
        (np.array(similarities), np.array(labels))
        for size in range(1, longest + 1)
        for similarities in product((-0.5, 0.25, 1.0), repeat=size)
        for labels in product((0, 1), repeat=size)
    ]


def test_no_threshold_is_better_and_no_equally_good_one_is_higher() -> None:
    for similarities, labels in all_small_cases(5):
        threshold, accuracy = best_threshold(similarities, labels)
        assert np.mean((similarities >= threshold) == labels) == accuracy
        tried = {value: np.mean((similarities >= value) == labels) for value in (-0.5, 0.25, 1.0, 1.5)}
        assert accuracy == max(tried.values())
        highest = max(value for value, share in tried.items() if share == accuracy)
        assert threshold == highest or (threshold > similarities.max() and highest > similarities.max())


def test_rank_correlation_is_that_of_scipy_where_there_is_one() -> None:
    for similarities, labels in all_small_cases(3):
        found = spearman(similarities, labels)
        if len(set(similarities)) > 1 and len(set(labels)) > 1:
            assert found == pytest.approx(float(spearmanr(similarities, labels).statistic))
        else:
            assert found == 0.0


def test_rank_correlation_of_perfect_and_of_reversed_order() -> None:
    assert spearman(np.array([0.9, 0.1]), np.array([1, 0])) == pytest.approx(1)
    assert spearman(np.array([0.1, 0.9]), np.array([1, 0])) == pytest.approx(-1)
