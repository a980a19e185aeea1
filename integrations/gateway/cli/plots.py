"""Plots of the benchmarks, with a font that has Chinese."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from integrations.gateway.cli.errors import CliError

COLOURS = ("#2e7d5b", "#8fc1a9", "#c9c9c9", "#e0a96d", "#c0392b")
_DARK = ("#2e7d5b", "#c0392b", "#2f5d8a", "#8e5ea2", "#b8860b", "#555555")
_TICKS = [digit * 10.0**power for power in range(-3, 6) for digit in (1, 2, 5)]
_FONTS = ("Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC")


def stacked_bars(file: Path, rows: Mapping[str, Sequence[int]], series: Sequence[str], label: str) -> None:
    """Draw one bar a row, a part of it for each of the series. Raises CliError when it cannot be written."""
    with _drawing(file, 1.2 + 0.35 * len(rows)) as axes:
        names = list(rows)[::-1]
        left = [0] * len(names)
        for place, (name, colour) in enumerate(zip(series, COLOURS, strict=False)):
            widths = [rows[row][place] for row in names]
            axes.barh(names, widths, left=left, label=name, color=colour)
            left = [start + width for start, width in zip(left, widths, strict=True)]
        axes.set_xlabel(label)
        if len(series) > 1:
            axes.legend(loc="lower right", frameon=False)


def growth_lines(
    file: Path, sizes: Sequence[int], series: Mapping[str, Sequence[float]], labels: tuple[str, str]
) -> None:
    """Draw a line for each of the series over growing sizes, both axes logarithmic.

    `labels` are of the sizes and of the values. Raises CliError when it cannot be written.
    """
    with _drawing(file, 4.5) as axes:
        for (name, values), colour in zip(series.items(), _DARK, strict=False):
            axes.plot(sizes, values, marker="o", label=name, color=colour)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        lowest, highest = axes.get_ylim()
        axes.set_yticks([tick for tick in _TICKS if lowest <= tick <= highest])
        axes.yaxis.set_major_formatter("{x:g}")
        axes.minorticks_off()
        axes.set_xlabel(labels[0])
        axes.set_ylabel(labels[1])
        axes.grid(axis="y", alpha=0.3)
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)


@contextmanager
def _drawing(file: Path, height: float) -> Iterator[Any]:
    """Axes to draw on, written to the file at the end."""
    # Imported where it is needed: it takes a second, and every command of the CLI would wait for it.
    import matplotlib
    from matplotlib import font_manager, pyplot

    matplotlib.use("Agg")
    installed = {font.name for font in font_manager.fontManager.ttflist}
    fonts = [name for name in _FONTS if name in installed]
    with pyplot.rc_context({"font.sans-serif": [*fonts, "DejaVu Sans"], "axes.unicode_minus": False}):
        figure, axes = pyplot.subplots(figsize=(8, height), layout="constrained")
        try:
            yield axes
            axes.spines[["top", "right"]].set_visible(False)
            figure.savefig(file, dpi=110)
        except (OSError, ValueError) as error:
            raise CliError(f"Could not write {file}: {error}") from error
        finally:
            pyplot.close(figure)
