"""Tables of a churn benchmark: CSV files with a header, made into numbers that a model can learn from."""

import csv
import io
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.tree import DecisionTreeClassifier

from integrations.crm.customers.churn_scores import Labels, Numbers, roc_auc
from integrations.gateway.cli.errors import CliError

_ENCODINGS = ("utf-8-sig", "gb18030")
_SEPARATORS = (",", ";", "\t")
_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-"})
_LEAST_FOR_AN_ID = 50
_FREE_TEXT_SHARE = 0.5
_LEAK_AUC = 0.995
_LARGEST_CATEGORIES = 30
_LEAST_OF_A_CATEGORY = 5


@dataclass(frozen=True)
class Table:
    """A CSV file: its columns by name, every one of the same length."""

    file: Path
    columns: dict[str, list[str]]

    def column(self, name: str) -> list[str]:
        """The cells of a column. Raises CliError, which names the columns there are."""
        if name not in self.columns:
            known = ", ".join(self.columns)
            raise CliError(f"{self.file} has no column {name}. Its columns: {_shortened(known)}.")
        return self.columns[name]


def read_table(file: Path, target: str) -> Table:
    """Read a CSV with a header: UTF-8 or GBK; comma, semicolon or tab, whichever finds the target's name.

    Raises CliError: no file, no text, no rows, columns named twice, rows of another width, no target.
    """
    text = _text(file)
    if not text.strip():
        raise CliError(f"{file} is empty.")
    found = [_cells(file, text, separator) for separator in _SEPARATORS]
    rows = next((rows for rows in found if rows and target in rows[0][1]), found[0])
    header, body = rows[0][1], rows[1:]
    if not body:
        raise CliError(f"{file} has no rows below its header.")
    if target not in header:
        raise CliError(f"{file} has no column {target}. Its columns: {_shortened(', '.join(header))}.")
    doubled = [name for name, times in Counter(header).items() if times > 1]
    if doubled:
        raise CliError(f"{file} names the column {doubled[0]!r} twice.")
    for number, cells in body:
        if len(cells) != len(header):
            raise CliError(f"{file}, line {number}: {len(cells)} cells, the header has {len(header)}.")
    return Table(file, {name: [cells[place] for _, cells in body] for place, name in enumerate(header)})


def _text(file: Path) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise CliError(f"Could not read {file}: {error.strerror}") from error
    if b"\0" in content:
        raise CliError(f"{file} is not a CSV file: it holds zero bytes.")
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CliError(f"{file} is neither UTF-8 nor GBK.")


def _cells(file: Path, text: str, separator: str) -> list[tuple[int, list[str]]]:
    """The rows that are not blank, with the line on which each ends."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, [cell.strip() for cell in cells]))
    except csv.Error as error:
        raise CliError(f"{file}, line {reader.line_num}: not CSV ({error}).") from error
    return rows


def labels_of(table: Table, target: str, positive: str) -> Labels:
    """1 where the target is `positive`. Raises CliError, also where only one class occurs."""
    cells = table.column(target)
    if _is_missing_any(cells):
        row = next(number for number, cell in enumerate(cells, 1) if _missing(cell))
        raise CliError(f"{table.file}, row {row}: {target} is missing.")
    labels = np.array([cell == positive for cell in cells], dtype=np.int64)
    if labels.min() == labels.max():
        only = "only" if labels[0] else "no"
        raise CliError(f"{table.file} has {only} rows with {target} = {positive}: nothing to tell apart.")
    return labels


def positive_class(table: Table, target: str, named: str | None) -> str:
    """The named value of the target, or the rarer of two (equally rare: the last by alphabet)."""
    counts = Counter(cell for cell in table.column(target) if not _missing(cell))
    values = _shortened(", ".join(sorted(counts)))
    if named is not None:
        if named not in counts:
            raise CliError(f"{table.file}: {target} is never {named}. Its values: {values}.")
        return named
    if len(counts) != 2:
        raise CliError(
            f"{table.file}: {target} has {len(counts)} values instead of two ({values}); "
            "name the one to be predicted with --positive."
        )
    return min(sorted(counts, reverse=True), key=lambda value: counts[value])


@dataclass
class Columns:
    """How the training file's columns become numbers; the same is done to any other file.

    Left out: columns of one value; columns that name the row (every value different, whole numbers or texts,
    or texts that hardly ever repeat); columns that alone tell the answer (an AUC of at least
    0.995, of the column itself or of a small cross-validated tree on it), because they were made from it.
    Numbers stay numbers (NaN where missing or not a number), categories become one column for each value
    that occurs often enough; a value not seen in training has none of them.
    """

    numeric: list[str] = field(default_factory=list)
    categories: dict[str, list[str]] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)  # column → constant | identifier | leak

    @property
    def numeric_places(self) -> tuple[int, ...]:
        """Where the numbers stand in `features`."""
        return tuple(range(len(self.numeric)))

    def features(self, table: Table) -> Numbers:
        """One row of numbers for each row of the table. Raises CliError where a column is missing."""
        parts = [_numbers(table.column(name)) for name in self.numeric]
        for name, values in self.categories.items():
            cells = table.column(name)
            parts += [np.array([cell == value for cell in cells], dtype=np.float64) for value in values]
        return np.column_stack(parts)


def columns_of(table: Table, target: str, labels: Labels) -> Columns:
    """Look at the training file. Raises CliError where no column is left to learn from."""
    found = Columns()
    for name, cells in table.columns.items():
        if name == target:
            continue
        numeric = _is_numeric(cells)
        why = _useless(cells, numeric) or ("leak" if _tells_all(cells, numeric, labels) else None)
        if why:
            found.dropped[name] = why
        elif numeric:
            found.numeric.append(name)
        else:
            found.categories[name] = _frequent(cells)
    if not found.numeric and not any(found.categories.values()):
        dropped = ", ".join(f"{name} ({why})" for name, why in found.dropped.items())
        raise CliError(
            f"{table.file} has no column to learn from. Left out: {_shortened(dropped) or 'none'}."
        )
    return found


def _useless(cells: Sequence[str], numeric: bool) -> str | None:
    present = [cell for cell in cells if not _missing(cell)]
    different = len(set(present))
    if different == 0 or (different == 1 and len(present) == len(cells)):
        return "constant"
    if len(present) < _LEAST_FOR_AN_ID:
        return None
    if numeric:
        whole = all(float(cell).is_integer() for cell in present)
        return "identifier" if whole and different == len(present) else None
    return "identifier" if different > _FREE_TEXT_SHARE * len(present) else None


def _tells_all(cells: Sequence[str], numeric: bool, labels: Labels) -> bool:
    if np.bincount(labels).min() < 3:
        return False
    if numeric:
        values = np.nan_to_num(_numbers(cells), nan=-1e300)
    else:
        codes = {value: place for place, value in enumerate(sorted(set(cells)))}
        values = np.array([codes[cell] for cell in cells], dtype=np.float64)
    # Trees compare in single precision: long numbers are told apart by their rank.
    ranks = np.unique(values, return_inverse=True)[1].astype(np.float64)
    ordered = roc_auc(labels, ranks)
    if numeric and max(ordered, 1 - ordered) >= _LEAK_AUC:
        return True
    tree = DecisionTreeClassifier(max_leaf_nodes=64, min_samples_leaf=3, random_state=0)
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    unseen = cross_val_predict(tree, ranks.reshape(-1, 1), labels, cv=folds, method="predict_proba")[:, 1]
    return roc_auc(labels, unseen) >= _LEAK_AUC


def _frequent(cells: Sequence[str]) -> list[str]:
    counts = Counter(cells)
    often = [value for value, times in counts.most_common(_LARGEST_CATEGORIES)]
    return sorted(value for value in often if counts[value] >= min(_LEAST_OF_A_CATEGORY, len(cells)))


def _missing(cell: str) -> bool:
    return cell.lower() in _MISSING


def _is_missing_any(cells: Sequence[str]) -> bool:
    return any(_missing(cell) for cell in cells)


def _is_numeric(cells: Sequence[str]) -> bool:
    return all(_number(cell) is not None for cell in cells if not _missing(cell))


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _numbers(cells: Sequence[str]) -> Numbers:
    found = [None if _missing(cell) else _number(cell) for cell in cells]
    return np.array([np.nan if value is None else value for value in found], dtype=np.float64)


def _shortened(text: str, longest: int = 300) -> str:
    return text if len(text) <= longest else text[:longest] + "…"
