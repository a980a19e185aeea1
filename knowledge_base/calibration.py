"""What the thresholds of decision.py cost and bring: ``python -m knowledge_base.calibration``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge_base.adapter import sentence_encoder
from knowledge_base.articles import load_articles
from knowledge_base.encoder import BUNDLED
from knowledge_base.facts import load_facts
from knowledge_base.index import Index
from knowledge_base.search import Search
from knowledge_base.validator import ARTICLES_FOLDER, FACTS_FILE

MODELS = Path(__file__).parents[1] / "models"

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class Point:
    """Shares, 0 to 1, at one threshold.

    ``answered`` of the questions that have an article; ``right`` of those answered; ``wrongly`` answered of
    the questions that have none.
    """

    threshold: float
    answered: float
    right: float
    wrongly: float


def curve(index: Index, thresholds: Sequence[float] = THRESHOLDS) -> list[Point]:
    """Measure each title, variant and background question as if it were not in the index."""
    known: list[tuple[float, bool]] = []
    unknown: list[float] = []
    for (place, article), confidence in zip(index.left_out, index.left_out_confidence(), strict=True):
        if index.rows[place].kind == "background":
            unknown.append(confidence)
        else:
            known.append((confidence, article == index.rows[place].article))
    points = []
    for threshold in thresholds:
        answered = [right for confidence, right in known if confidence >= threshold]
        wrongly = sum(confidence >= threshold for confidence in unknown)
        points.append(
            Point(
                threshold,
                len(answered) / max(len(known), 1),
                sum(answered) / max(len(answered), 1),
                wrongly / max(len(unknown), 1),
            )
        )
    return points


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line: print the table for the project's articles and an encoder."""
    parser = argparse.ArgumentParser(prog="python -m knowledge_base.calibration", description=__doc__)
    parser.add_argument("--encoder", default=BUNDLED, help="bundled, a folder, or a model of the hub")
    options = parser.parse_args(arguments)
    articles = load_articles(ARTICLES_FOLDER, load_facts(FACTS_FILE))
    search = Search(articles, sentence_encoder(options.encoder, MODELS))
    sys.stdout.write("threshold  answered  right of these  answered without an article\n")
    for point in curve(search.index):
        sys.stdout.write(
            f"{point.threshold:9.2f}  {point.answered:8.0%}  {point.right:14.1%}  {point.wrongly:26.1%}\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
