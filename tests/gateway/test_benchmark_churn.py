"""Churn on any table: files that can't be used are named, what must not be learnt from is left out."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from integrations.gateway.cli.benchmark_churn import benchmark_churn
from integrations.gateway.cli.benchmark_churn_table import (
    columns_of,
    labels_of,
    positive_class,
    read_table,
)
from integrations.gateway.cli.errors import CliError

TARGET = "状态"
NAMES = [
    "id",
    TARGET,
    "balance",
    "count",
    "city",
    "note",
    "empty",
    "same",
    "Naive_Bayes_1",
]


def rows_of(seed: int, count: int = 260, *, noise: bool = False) -> list[list[str]]:
    """Who has a middling balance leaves; the last column was made from the answer."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        balance = rng.normal() * 1000
        leaves = rng.random() < (0.3 if noise else 0.9 if abs(balance) < 400 else 0.03)
        cells = [
            str(seed * 10_000_000 + number),
            "流失" if leaves else "在",
            "" if rng.random() < 0.05 else f"{balance:.2f}",
            str(rng.integers(1, 9)),
            str(rng.choice(["成都", "昆明", "NA"])),
            f"客户{seed}-{number}的备注",
            "",
            "1",
            f"{rng.uniform(0.9, 1) if leaves else rng.uniform(0, 0.1):.6f}",
        ]
        rows.append(cells)
    return rows


def write(path: Path, rows: list[list[str]], names: list[str] = NAMES, encoding: str = "utf-8") -> Path:
    text = io.StringIO()
    csv.writer(text).writerows([names, *rows])
    path.write_bytes(text.getvalue().encode(encoding))
    return path


@pytest.fixture
def train(tmp_path: Path) -> Path:
    return write(tmp_path / "train.csv", rows_of(1))


@pytest.fixture
def test(tmp_path: Path) -> Path:
    return write(tmp_path / "test.csv", rows_of(2))


def refusal(train: Path, test: Path, target: str = TARGET, positive: str | None = None) -> str:
    with pytest.raises(CliError) as refused:
        benchmark_churn(train, test, target, positive)
    return str(refused.value)


# ---- the figures


def test_figures_come_in_their_order_and_nothing_leaks(tmp_path: Path, train: Path) -> None:
    rows = rows_of(2)
    rows[0][4], rows[1][3] = "从未见过的城市", "不是数字"
    lines = benchmark_churn(train, write(tmp_path / "test.csv", rows, encoding="gb18030"), TARGET, None)
    found = dict(line.split(": ", 1) for line in lines)
    assert list(found)[-4:] == ["auc_difference", "used", "roc_auc", "baseline_roc_auc"]
    left_out = "id (identifier), note (identifier), empty (constant), same (constant), Naive_Bayes_1 (leak)"
    assert found["left_out"] == left_out
    assert (found["train_rows"], found["test_rows"], found["positive"]) == ("260", "260", "流失")
    # Some can't be known, so a perfect figure would mean a leak; a straight line can't tell the middle.
    assert 0.8 < float(found["roc_auc"]) < 0.99
    assert float(found["baseline_roc_auc"]) < float(found["roc_auc"]) - 0.1
    assert found["used"] == "yes" and found["chosen"] in ("random_forest", "gradient_boosting")


def test_a_model_no_better_than_the_baseline_is_not_used(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{n}.csv", rows_of(n, noise=True), NAMES) for n in (3, 4)]
    names = [name for name in NAMES if name != "Naive_Bayes_1"]
    for number, file in zip((3, 4), files, strict=True):
        write(file, [row[:-1] for row in rows_of(number, noise=True)], names)
    lines = benchmark_churn(*files, TARGET, None)
    assert "used: no" in lines


# ---- files


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_usual_encodings_and_separators_are_read(tmp_path: Path, encoding: str, separator: str) -> None:
    file = tmp_path / "a.csv"
    text = f'状态{separator}城市\r\n在{separator}"成{separator}都"\r\n\r\n流失{separator}昆明\r\n'
    file.write_bytes(text.encode(encoding))
    assert read_table(file, TARGET).columns == {"状态": ["在", "流失"], "城市": [f"成{separator}都", "昆明"]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n \n", "is empty"),
        ("状态,a\n".encode(), "no rows"),
        (b"\x89PNG\r\n\x1a\n\0\0", "not a CSV"),
        ("状态,a\n在,1\n".encode("utf-16"), "not a CSV"),
        (b"\xff\xff\xff,a\n", "neither UTF-8 nor GBK"),
        ("别的,a\n在,1\n".encode(), "no column 状态. Its columns: 别的, a"),
        ("状态,a\n在,1\n在,1,2\n".encode(), "line 3: 3 cells, the header has 2"),
        ("状态,a\n在\n".encode(), "line 2: 1 cells"),
        ("状态,a,a\n在,1,2\n".encode(), "'a' twice"),
        ('状态,a\n在,"1\n'.encode(), "not CSV"),
        ('状态,a\n在,"1"x\n'.encode(), "not CSV"),
        (("状态,a\n在," + "x" * 200_000 + "\n").encode(), "not CSV"),
        ("状态,a\n在,1\n,2\n流失,3\n".encode(), "row 2: 状态 is missing"),
        ("状态,a\n在,1\n在,2\n".encode(), "1 values instead of two"),
        ("状态,a\n在,1\n走,2\n留,3\n".encode(), "3 values instead of two (在, 留, 走)"),
        ("状态\n在\n流失\n".encode(), "no column to learn from"),
    ],
)
def test_a_training_file_that_cannot_be_used_is_named(
    tmp_path: Path, test: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "bad.csv"
    file.write_bytes(content)
    sentence = refusal(file, test)
    assert said in sentence and "bad.csv" in sentence


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path, test: Path) -> None:
    assert "none.csv" in refusal(tmp_path / "none.csv", test)
    assert "directory" in refusal(tmp_path, test).lower()


def test_a_test_file_without_a_column_or_class_is_named(tmp_path: Path, train: Path) -> None:
    rows = rows_of(2)
    without = write(tmp_path / "less.csv", [row[:2] + row[3:] for row in rows], NAMES[:2] + NAMES[3:])
    assert "less.csv has no column balance" in refusal(train, without)
    one = write(tmp_path / "one.csv", [row for row in rows if row[1] == "在"])
    assert "one.csv has no rows with 状态 = 流失" in refusal(train, one)
    untold = write(tmp_path / "untold.csv", [row[:1] + row[2:] for row in rows], NAMES[:1] + NAMES[2:])
    assert "untold.csv has no column 状态" in refusal(train, untold)


def test_columns_that_are_left_out_need_not_be_in_the_test_file(tmp_path: Path, train: Path) -> None:
    learning = read_table(train, TARGET)
    columns = columns_of(learning, TARGET, labels_of(learning, TARGET, "流失"))
    other = write(tmp_path / "o.csv", [row[1:5] for row in rows_of(2)], NAMES[1:5])
    assert columns.features(read_table(other, TARGET)).shape[0] == 260


def test_too_few_rows_of_a_class_are_named(tmp_path: Path, test: Path) -> None:
    rows = rows_of(1)
    few = [row for row in rows if row[1] == "流失"][:19] + [row for row in rows if row[1] == "在"]
    assert "19 rows of the rarer class" in refusal(write(tmp_path / "few.csv", few), test)


# ---- the class to be predicted


def test_the_positive_class_is_the_named_or_the_rarer_one(tmp_path: Path, train: Path, test: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("状态,a\n在,1\n在,2\n走,3\n", encoding="utf-8")
    table = read_table(file, TARGET)
    assert positive_class(table, TARGET, None) == "走" and positive_class(table, TARGET, "在") == "在"
    file.write_text("y,a\n0,1\n1,2\n", encoding="utf-8")
    assert positive_class(read_table(file, "y"), "y", None) == "1"
    assert "never 也许" in refusal(train, test, positive="也许")
    file.write_text("状态,a\n在,1\n走,3\n留,3\n", encoding="utf-8")
    assert labels_of(read_table(file, TARGET), TARGET, "留").tolist() == [0, 0, 1]


# ---- what is learnt from


def kinds(tmp_path: Path, cells: list[str], labels: list[int]) -> str:
    """What becomes of a column."""
    rows = [
        ["1" if label else "0", cell, str(place % 7)]
        for place, (label, cell) in enumerate(zip(labels, cells, strict=True))
    ]
    table = read_table(write(tmp_path / "a.csv", rows, ["y", "x", "other"]), "y")
    found = columns_of(table, "y", labels_of(table, "y", "1"))
    return found.dropped.get("x") or ("numeric" if "x" in found.numeric else "categories")


def test_columns_are_what_their_values_say(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels = [int(one) for one in rng.random(200) < 0.3]
    whole = [str(700_000_000 + int(one)) for one in rng.permutation(200)]
    assert kinds(tmp_path, whole, labels) == "identifier"
    assert kinds(tmp_path, [f"{one:.6f}" for one in rng.random(200)], labels) == "numeric"
    assert kinds(tmp_path, ["1", "n/a", "", "2.5e3"] * 50, labels) == "numeric"
    assert kinds(tmp_path, ["1", "inf", "2", "3"] * 50, labels) == "categories"
    assert kinds(tmp_path, ["$60K - $80K", "Unknown"] * 100, labels) == "categories"
    assert kinds(tmp_path, ["一样"] * 200, labels) == "constant"
    assert kinds(tmp_path, [f"某{one}" for one in range(200)], labels) == "identifier"
    assert kinds(tmp_path, ["是" if one else "否" for one in labels], labels) == "leak"
    assert kinds(tmp_path, [f"{one + rng.random() / 2:.4f}" for one in labels], labels) == "leak"
    assert kinds(tmp_path, [f"{abs(rng.random() - one * 3):.4f}" for one in labels], labels) == "leak"
    assert kinds(tmp_path, [f"{one * 1.5 + rng.normal():.4f}" for one in labels], labels) == "numeric"
