"""Imports point one way (docs/architecture.md): gateway → edges → crm, knowledge_base; never back."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
ROOMS = (
    "actions",
    "bot",
    "knowledge_base",
    "integrations.crm",
    "integrations.rasa_server",
    "integrations.web_chat",
    "integrations.wechat",
    "integrations.console",
    "integrations.gateway",
)
_DOMAIN = {"integrations.crm", "knowledge_base"}
ALLOWED: dict[str, set[str]] = {
    "bot": set(),
    "knowledge_base": set(),
    "integrations.crm": set(),
    "integrations.rasa_server": _DOMAIN,
    "integrations.web_chat": _DOMAIN,
    "integrations.wechat": _DOMAIN,
    "integrations.console": _DOMAIN,
    "actions": _DOMAIN,
    "integrations.gateway": set(ROOMS) - {"bot", "integrations.gateway"},
}
"""Which other rooms a room may import."""
SHARED_WITH_BOT = (
    "knowledge_base.pretrained",
    "knowledge_base.pretrained_onnx",
    "knowledge_base.transformer",
)
"""docs/decisions/0008: both processes run the same pretrained transformer."""
FORBIDDEN_LIBRARIES = {"integrations.crm": {"fastapi", "rasa_sdk", "nicegui"}}
CRM_FORBIDDEN = {
    "customers": {"tickets", "conversations", "recommendations"},
    "tickets": {"conversations"},
    "models": {"customers", "tickets", "conversations", "recommendations", "staff", "seed"},
    "recommendations": {"tickets", "conversations"},
}
"""Inside crm: customers ← tickets ← conversations; recommendations → customers; models know nobody."""


def violations() -> list[str]:
    """One line for each import that points the wrong way."""
    found = []
    for path in _modules():
        module = _name(path)
        for line, target in _imports(path):
            problem = _problem(module, target)
            if problem:
                found.append(f"{path.relative_to(PROJECT)}:{line}: {problem}")
    return found


def room_of(module: str) -> str | None:
    """The room a module belongs to, None for a library."""
    return next((room for room in ROOMS if module == room or module.startswith(f"{room}.")), None)


def _problem(module: str, target: str) -> str | None:
    room, other = room_of(module), room_of(target)
    if room is None:
        return None
    if target.split(".")[0] in FORBIDDEN_LIBRARIES.get(room, set()):
        return f"{room} must not import {target}"
    if room == "bot" and _shared(target):
        return None
    if other is not None and other != room and other not in ALLOWED[room]:
        return f"{room} must not import {other} ({target})"
    if room == other == "integrations.crm":
        here, there = _part(module), _part(target)
        if there in CRM_FORBIDDEN.get(here, set()):
            return f"crm.{here} must not import crm.{there}"
    return None


def _shared(target: str) -> bool:
    return target == "knowledge_base" or any(target.startswith(name) for name in SHARED_WITH_BOT)


def _part(module: str) -> str:
    parts = module.split(".")
    return parts[2] if len(parts) > 2 else ""


def _modules() -> Iterator[Path]:
    for top in ("actions", "bot", "knowledge_base", "integrations"):
        yield from sorted((PROJECT / top).rglob("*.py"))


def _name(path: Path) -> str:
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


if __name__ == "__main__":
    problems = violations()
    print("\n".join(problems) or "imports point one way")  # noqa: T201 - a command's output
    sys.exit(bool(problems))
