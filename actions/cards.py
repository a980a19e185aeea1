"""The words on cards and on buttons made from a customer's data; all others are in domain.yml."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from actions.turn import Buttons, button
from integrations.crm.bank.service import Branch, DepositRates, LoanPlan, LoanRates
from integrations.crm.customers.masking import (
    format_date,
    format_moment,
    format_period,
    format_short_moment,
    format_signed_yuan,
    format_yuan,
    mask_account,
)
from integrations.crm.customers.views import Balances, Bill, CreditLine, Statement, TimeDeposit
from integrations.crm.models import Card, Ticket, Transfer
from integrations.crm.tickets.wording import KINDS

KIND_OF_CARD = {"debit": "储蓄卡", "credit": "信用卡"}
TICKET_STATUS = {"open": "待受理", "in_progress": "处理中", "resolved": "已办结", "withdrawn": "已撤销"}
TRANSFER_STATUS = {"processing": "处理中", "succeeded": "已到账", "failed": "失败", "returned": "已退回"}
MOVEMENT_CHANNEL = {
    "app": "手机银行",
    "web": "网上银行",
    "atm": "ATM",
    "counter": "柜面",
    "pos": "POS",
    "third_party": "第三方支付",
}
_STATUS_OF_ACCOUNT = {"active": "正常", "dormant": "睡眠户", "frozen": "已冻结"}
_CLASSES = {1: "I类", 2: "II类", 3: "III类"}

CardData = dict[str, Any]
Row = list[str]


def card_label(card: Card) -> str:
    """A card as its owner knows it: 储蓄卡（尾号1234）."""
    return f"{KIND_OF_CARD[card.kind]}（尾号{card.tail}）"


def card_buttons(cards: Sequence[Card]) -> Buttons:
    """One button for each card."""
    return [button(card_label(card), f"尾号{card.tail}的{KIND_OF_CARD[card.kind]}") for card in cards]


def balance_card(balances: Balances, tail: str | None, today: date) -> CardData:
    """Accounts, deposits and credit lines; with `tail` only what belongs to that card."""
    rows: list[Row] = []
    for account in balances.accounts:
        if tail is not None and tail not in account.card_tails:
            continue
        tails = "、".join(account.card_tails)
        label = f"活期（尾号{tails}）" if tails else f"活期 {mask_account(account.number)}"
        rows.append([label, format_yuan(account.balance_fen)])
        if account.frozen_fen:
            rows.append(["其中可用", format_yuan(account.available_fen)])
        if account.account_class > 1:
            rows.append(["账户类别", f"{_CLASSES[account.account_class]}户"])
        if account.status != "active":
            rows.append(["状态", _STATUS_OF_ACCOUNT.get(account.status, account.status)])
    for line in balances.credit_lines:
        if tail is None or tail == line.tail:
            rows += _credit_rows(line)
    if tail is None:
        for deposit in balances.deposits:
            rows.append(_deposit_row(deposit, today))
        rows.append(["存款合计", format_yuan(balances.total_fen)])
    return {"kind": "account", "title": "账户余额", "rows": rows}


def _credit_rows(line: CreditLine) -> list[Row]:
    return [
        [f"信用卡（尾号{line.tail}）可用额度", format_yuan(line.available_fen)],
        ["信用额度", format_yuan(line.limit_fen)],
    ]


def _deposit_row(deposit: TimeDeposit, today: date) -> Row:
    label = f"定期 {mask_account(deposit.number)}"
    if deposit.matures_on is None:
        return [label, format_yuan(deposit.balance_fen)]
    when = "已到期" if deposit.matured(today) else f"{format_date(deposit.matures_on)}到期"
    return [label, f"{format_yuan(deposit.balance_fen)}，{when}"]


def statement_card(statement: Statement, subject: str) -> CardData:
    """Up to ten movements, the newest first, with the totals of the whole period."""
    rows = [
        [
            f"{format_short_moment(row.occurred_at)} {row.summary}",
            format_signed_yuan(row.amount_fen) + (f" {row.counterparty}" if row.counterparty else ""),
        ]
        for row in statement.rows
    ]
    rows += [["收入合计", format_yuan(statement.in_fen)], ["支出合计", format_yuan(statement.out_fen)]]
    card: CardData = {
        "kind": "transactions",
        "title": f"{subject}交易明细",
        "subtitle": format_period(statement.start, statement.end),
        "rows": rows,
    }
    if statement.hidden:
        card["note"] = f"共{statement.count}笔，这里显示最近{len(statement.rows)}笔，更早的可在手机银行查看。"
    return card


def bill_card(bill: Bill, today: date) -> CardData:
    """One monthly bill."""
    card: CardData = {
        "kind": "bill",
        "title": f"{bill.product}（尾号{bill.tail}）账单",
        "subtitle": f"{format_date(bill.billed_on)}出账",
        "rows": [
            ["本期应还", format_yuan(bill.amount_fen)],
            ["最低还款额", format_yuan(bill.minimum_fen)],
            ["已还", format_yuan(bill.paid_fen)],
            ["还需还款", format_yuan(bill.remaining_fen)],
            ["到期还款日", format_date(bill.due_on)],
        ],
    }
    if bill.overdue(today):
        card["note"] = "已过还款日且未还足最低还款额，请尽快还款，以免影响您的征信。"
    return card


def transfer_card(transfer: Transfer) -> CardData:
    """One outgoing transfer and where it stands."""
    rows = [
        ["收款人", f"{transfer.payee_name[:1]}**（{transfer.payee_bank} 尾号{transfer.payee_tail}）"],
        ["金额", format_yuan(transfer.amount_fen)],
        ["转出时间", format_moment(transfer.created_at)],
        ["状态", TRANSFER_STATUS[transfer.status]],
    ]
    if transfer.status == "processing" and transfer.expected_at:
        rows.append(["预计到账", format_moment(transfer.expected_at)])
    if transfer.finished_at:
        rows.append(["完成时间", format_moment(transfer.finished_at)])
    if transfer.failure:
        rows.append(["原因", transfer.failure])
    return {"kind": "transfer", "title": f"转账 {transfer.reference}", "rows": rows}


def ticket_card(ticket: Ticket, rows: Sequence[Row] = ()) -> CardData:
    """A ticket with its state and what was promised."""
    lines: list[Row] = [
        ["状态", TICKET_STATUS[ticket.status]],
        ["提交时间", format_moment(ticket.created_at)],
        *rows,
    ]
    if ticket.status in ("open", "in_progress"):
        if ticket.first_response_due and ticket.first_response_at is None:
            lines.append(["首次响应", f"{format_moment(ticket.first_response_due)}前"])
        if ticket.resolve_due:
            lines.append(["办结时限", f"{format_moment(ticket.resolve_due)}前"])
    if ticket.resolved_at:
        lines.append(["结束时间", format_moment(ticket.resolved_at)])
    return {
        "kind": "ticket",
        "title": f"{KINDS[ticket.kind]}单 {ticket.number}",
        "subtitle": ticket.title,
        "rows": lines,
    }


def ticket_buttons(tickets: Sequence[Ticket], verb: str) -> Buttons:
    """One button for each ticket; `verb` is what the customer wants with it (查询, 补充, 撤销)."""
    return [
        button(f"{ticket.number} {ticket.title[:12]}", f"{verb}投诉{ticket.number}") for ticket in tickets
    ]


def branch_card(branch: Branch) -> CardData:
    """Where a branch is and when it is open."""
    rows = [["地址", branch.address], ["营业时间", branch.hours]]
    if branch.phone:
        rows.append(["电话", branch.phone])
    return {
        "kind": "branch",
        "title": branch.name,
        "subtitle": f"{branch.city} {branch.district}",
        "rows": rows,
    }


def deposit_rates_card(rates: DepositRates) -> CardData:
    """Deposit rates by term."""
    rows = [
        [f"{row.product} {row.term}" if row.months else row.product, f"{row.rate}%"] for row in rates.rates
    ]
    return {"kind": "rates", "title": "存款利率（年利率）", "rows": rows}


def loan_rates_card(rates: LoanRates) -> CardData:
    """Loan rates and the LPR."""
    rows = [[f"{row.product}（{row.term}）", f"{row.lowest}%–{row.highest}%"] for row in rates.rates]
    rows += [["LPR 一年期", f"{rates.lpr_one_year}%"], ["LPR 五年期以上", f"{rates.lpr_five_years}%"]]
    return {
        "kind": "rates",
        "title": "贷款利率（年化，单利）",
        "rows": rows,
        "note": "实际利率以审批结果为准。",
    }


def loan_card(plan: LoanPlan, amount: Decimal, rate: Decimal) -> CardData:
    """A repayment plan."""
    rows = [
        ["贷款金额", _yuan(amount)],
        ["期限", f"{plan.months}个月"],
        ["年利率", f"{rate}%"],
        ["还款方式", plan.method],
    ]
    if plan.first_month == plan.last_month:
        rows.append(["每月还款", _yuan(plan.first_month)])
    else:
        rows += [
            ["首月还款", _yuan(plan.first_month)],
            ["每月递减", _yuan(plan.monthly_decrease)],
            ["末月还款", _yuan(plan.last_month)],
        ]
    rows += [["利息合计", _yuan(plan.total_interest)], ["还款总额", _yuan(plan.total_payment)]]
    return {
        "kind": "loan",
        "title": "贷款试算",
        "rows": rows,
        "note": "试算结果仅供参考，实际金额以合同为准。",
    }


def _yuan(amount: Decimal) -> str:
    return format_yuan(int((amount * 100).to_integral_value()))
