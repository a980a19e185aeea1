"""The bank's own figures (fees, limits, hours), each kept once in facts.yml and named by a dotted key."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z0-9_.]+)\s*\}\}")


class ArticleError(ValueError):
    """A file of the knowledge base cannot be used; says which file, which field and why."""

    def __init__(self, file: str, field: str, problem: str) -> None:
        super().__init__(f"{file}: {field}: {problem}")
        self.file = file
        self.field = field
        self.problem = problem


class UnknownFact(KeyError):
    """A text names a fact that facts.yml does not hold."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class _UniqueKeyLoader(yaml.SafeLoader):
    """SafeLoader that refuses a key written twice, where plain YAML silently keeps the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        """Build the mapping of ``node``; yaml.YAMLError when one of its keys is repeated."""
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str) and key in seen:
                problem = f"key {key!r} is repeated"
                raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
            if isinstance(key, str):
                seen.add(key)
        return dict(super().construct_mapping(node, deep=deep))


def parse_yaml(text: str, file: str, field: str) -> object:
    """Read YAML; raises ArticleError (with the line, when known) for broken YAML or a repeated key."""
    try:
        return yaml.load(text, Loader=_UniqueKeyLoader)  # noqa: S506 - derived from SafeLoader
    except yaml.MarkedYAMLError as error:
        where = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ArticleError(file, field, f"bad YAML: {where}{error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ArticleError(file, field, f"bad YAML: {type(error).__name__}") from error


def read_text(path: Path) -> str:
    """The file's text; raises ArticleError when it is missing, unreadable or not UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ArticleError(path.name, "file", "is not UTF-8 text") from error
    except OSError as error:
        raise ArticleError(path.name, "file", f"cannot be read ({error.strerror})") from error


class Facts:
    """Flat view of facts.yml: ``facts["transfer.daily_limit_app"]`` is a ready Chinese string."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = dict(values)

    def __getitem__(self, key: str) -> str:
        """The fact's text; raises UnknownFact."""
        try:
            return self._values[key]
        except KeyError:
            raise UnknownFact(key) from None

    def keys(self) -> set[str]:
        """Every dotted key."""
        return set(self._values)

    def fill(self, text: str) -> str:
        """Replace each ``{{ dotted.key }}``; raises UnknownFact for a key that does not exist."""
        return PLACEHOLDER.sub(lambda match: self[match.group(1)], text)


def load_facts(path: Path) -> Facts:
    """Read facts.yml: nested mappings whose leaves are text or numbers. Raises ArticleError."""
    data = parse_yaml(read_text(path), path.name, "file")
    values: dict[str, str] = {}
    _flatten(data, (), values, path.name)
    return Facts(values)


def _flatten(node: object, prefix: tuple[str, ...], into: dict[str, str], file: str) -> None:
    key = ".".join(prefix)
    if isinstance(node, dict):
        for name, child in node.items():
            if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_]+", name):
                raise ArticleError(file, key or "file", f"key {name!r} must be English letters, digits or _")
            _flatten(child, (*prefix, name), into, file)
    elif not prefix:
        raise ArticleError(file, "file", "must be a mapping of sections")
    elif isinstance(node, str | int | float) and not isinstance(node, bool) and str(node).strip():
        into[key] = str(node).strip()
    else:
        raise ArticleError(file, key, "must be text or a number")
