"""`qiantai ask` and `qiantai load` against the running system."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from integrations.crm.settings import PROJECT
from integrations.gateway.cli.paths import APP_PYTHON
from tests.system import System

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("system")]

FIELDS = {"question", "replies", "intent", "confidence", "action", "article", "ms"}


def qiantai(system: System, *arguments: str) -> str:
    command = [str(APP_PYTHON), "-m", "integrations.gateway.cli", *arguments]
    environment = os.environ | system.settings.as_environment()
    result = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=160, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_every_question_gets_its_line(system: System, tmp_path: Path) -> None:
    questions = ["银行卡被ATM吞了怎么办", "  ", "查一下余额", "我要投诉", "👍"]
    (tmp_path / "questions.txt").write_text("\n".join(questions), encoding="utf-8")
    out = tmp_path / "answers.jsonl"
    qiantai(system, "ask", "--file", str(tmp_path / "questions.txt"), "--out", str(out))
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row["question"] for row in rows] == [q for q in questions if q.strip()]
    assert all(row.keys() == FIELDS for row in rows)
    assert all(row["replies"] and row["ms"] > 0 for row in rows)
    assert (rows[0]["intent"], rows[0]["article"]) == ("ask_atm", "card-swallowed")
    assert (rows[1]["intent"], rows[1]["article"]) == ("balance", None)
    assert rows[2]["intent"] == "complaint"


def test_a_short_load_loses_nothing(system: System) -> None:
    output = qiantai(system, "load", "--customers", "3", "--seconds", "9", "--bare")
    figures = dict(line.split(": ") for line in output.splitlines() if ": " in line)
    assert [figures[name] for name in ("lost", "doubled", "reordered")] == ["0", "0", "0"]
    assert int(figures["sent"]) == int(figures["stored"]) > 10
    assert int(figures["shown"]) >= int(figures["sent"])
    assert {"p50_ms", "p95_ms", "p99_ms", "bare_p95_ms", "p95_ratio"} <= figures.keys()
