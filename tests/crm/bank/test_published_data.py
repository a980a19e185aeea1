"""Branches and rates, and what is said about files that are wrong."""

from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from integrations.crm.bank import service
from integrations.crm.bank.data import BRANCHES_FILE, RATES_FILE, read_branches, read_rates
from integrations.crm.bank.errors import BadBankData
from integrations.crm.seed.catalogue import CITIES
from integrations.crm.settings import PROJECT


def test_there_are_enough_branches() -> None:
    assert len(read_branches()) >= 40
    assert set(service.cities()) == {city for _, city in CITIES}
    for city in service.cities():
        assert service.find_branches(city, kind="网点")
        assert service.find_branches(city, kind="ATM")


def test_find_branches() -> None:
    assert service.find_branches("成都市") == service.find_branches("成都") != []
    in_wuhou = service.find_branches("成都", "武侯")
    assert [branch.district for branch in in_wuhou] == ["武侯区", "武侯区"]
    assert [branch.kind for branch in in_wuhou] == ["网点", "ATM"]
    assert service.find_branches(district="武侯区") == in_wuhou
    assert service.find_branches("大理", "大理") == service.find_branches("大理市", "大理市") != []
    assert service.find_branches("成都", "盘龙区") == []
    assert service.find_branches("北京") == []
    assert len(service.find_branches(limit=3)) == 3
    assert service.districts("昆明市") == ["五华区", "盘龙区", "官渡区", "西山区"]
    assert service.districts("北京") == []


def test_deposit_rates_agree_with_the_knowledge_base() -> None:
    facts = yaml.safe_load((PROJECT / "knowledge_base/facts.yml").read_text(encoding="utf-8"))["deposit"]
    terms = {0: "demand", 3: "3m", 6: "6m", 12: "1y", 24: "2y", 36: "3y", 60: "5y"}
    assert {row.months for row in service.deposit_rates().rates} == set(terms)
    for months, name in terms.items():
        row = service.deposit_rate(months)
        assert row is not None
        assert f"{row.rate}%" == facts[f"rate_{name}"]
    assert service.deposit_rate(7) is None


def test_loan_rates() -> None:
    rates = service.loan_rates()
    assert rates.lpr_five_years == Decimal("3.50")
    assert all(row.lowest <= row.highest for row in rates.rates)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("id: B002", "id: B001", "the same id twice: B001"),
        ("kind: ATM", "kind: 柜员机", "branches.1.kind"),
        ("city: 成都", "city: 成都市", "branches.0.city"),
        ("lat: 30.6573", "lat: 130.6573", "branches.0.lat"),
        ("    district: 锦江区\n", "", "branches.0.district"),
        ("    hours:", "    hour:", "branches.0.hour"),
        ("branches:", "branches: [", "branches.yml"),
    ],
)
def test_faults_in_branches_are_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    _expect_fault(tmp_path, BRANCHES_FILE, old, new, told)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('rate: "0.05"', "rate: 0.05", "deposits.rates.0.rate: Value error, write the number in quotes"),
        ('rate: "0.05"', 'rate: "-1"', "deposits.rates.0.rate"),
        ("months: 6,", "months: 3,", "the same product and months twice"),
        ('from: "3.00"', 'from: "9.00"', "'from' is larger than 'to'"),
        ("effective_date: 2026-01-05", "effective_date: soon", "deposits.effective_date"),
    ],
)
def test_faults_in_rates_are_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    _expect_fault(tmp_path, RATES_FILE, old, new, told)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadBankData, match=r"branches\.yml"):
        read_branches(tmp_path / "branches.yml")


def _expect_fault(folder: Path, file: Path, old: str, new: str, told: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    broken = folder / file.name
    broken.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadBankData) as caught:
        read_branches(broken) if file is BRANCHES_FILE else read_rates(broken)
    assert told in str(caught.value)
    assert file.name in str(caught.value)
