"""Plots of the benchmarks: horizontal bars, with a font that has Chinese."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from integrations.gateway.cli.errors import CliError

COLOURS = ("#2e7d5b", "#8fc1a9", "#c9c9c9", "#e0a96d", "#c0392b")
_FONTS = ("Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC")


def stacked_bars(file: Path, rows: Mapping[str, Sequence[int]], series: Sequence[str], label: str) -> None:
    """Draw one bar a row, a part of it for each of the series. Raises CliError when it cannot be written."""
    # Imported where it is needed: it takes a second, and every command of the CLI would wait for it.
    import matplotlib
    from matplotlib import font_manager, pyplot

    matplotlib.use("Agg")
    installed = {font.name for font in font_manager.fontManager.ttflist}
    fonts = [name for name in _FONTS if name in installed]
    with pyplot.rc_context({"font.sans-serif": [*fonts, "DejaVu Sans"], "axes.unicode_minus": False}):
        figure, axes = pyplot.subplots(figsize=(8, 1.2 + 0.35 * len(rows)), layout="constrained")
        names = list(rows)[::-1]
        left = [0] * len(names)
        for place, (name, colour) in enumerate(zip(series, COLOURS, strict=False)):
            widths = [rows[row][place] for row in names]
            axes.barh(names, widths, left=left, label=name, color=colour)
            left = [start + width for start, width in zip(left, widths, strict=True)]
        axes.set_xlabel(label)
        if len(series) > 1:
            axes.legend(loc="lower right", frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
        try:
            figure.savefig(file, dpi=110)
        except (OSError, ValueError) as error:
            raise CliError(f"Could not write {file}: {error}") from error
        finally:
            pyplot.close(figure)
