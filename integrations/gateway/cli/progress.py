"""Progress for whatever takes longer than two seconds."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

console = Console(highlight=False)


@contextmanager
def working(what: str) -> Iterator[None]:
    """A spinner with the time spent; in a log file, a line at the start and one at the end."""
    if not console.is_terminal:
        console.print(f"{what} …")
        yield
        return
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        progress.add_task(what)
        yield
    console.print(f"{what} [green]✓[/]")


@contextmanager
def bar(what: str, total: int) -> Iterator[Progress]:
    """A bar of `total` steps; advance task 0."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console) as progress:
        progress.add_task(what, total=total)
        yield progress
