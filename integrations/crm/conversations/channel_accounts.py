"""What we know of our own accounts: tokens, rights, problems. One row an account, shared by all processes."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from integrations.crm.models import ChannelAccount

PROBLEM_MAX = 300


def find_account(session: Session, channel: str, account: str) -> ChannelAccount | None:
    """What is known of the account; None before the first look at it."""
    return session.scalar(
        select(ChannelAccount).where(ChannelAccount.channel == channel, ChannelAccount.account == account)
    )


def account_row(session: Session, channel: str, account: str) -> ChannelAccount:
    """The account's row, made when it is asked for the first time."""
    found = find_account(session, channel, account)
    if found is not None:
        return found
    made = ChannelAccount(channel=channel, account=account)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        # Another process made it between our look and our write.
        other = find_account(session, channel, account)
        if other is None:
            raise
        return other
    return made


def may_send(session: Session, channel: str, account: str) -> bool:
    """Whether the account may send by itself; so it is believed until the messenger refuses."""
    known = find_account(session, channel, account)
    return known is None or known.may_send is not False


def note_problem(session: Session, channel: str, account: str, problem: str | None) -> None:
    """What an operator has to see to; None where all is well again."""
    account_row(session, channel, account).problem = problem[:PROBLEM_MAX] if problem else None


def start_refresh(session: Session, channel: str, account: str, now: datetime, until: datetime) -> bool:
    """Be the one that renews the token until that moment; False where another process is at it."""
    row = account_row(session, channel, account)
    session.flush()
    won = session.execute(
        update(ChannelAccount)
        .where(
            ChannelAccount.id == row.id,
            (ChannelAccount.token_refresh_until.is_(None)) | (ChannelAccount.token_refresh_until < now),
        )
        .values(token_refresh_until=until)
        .execution_options(synchronize_session=False)
    )
    return bool(won.rowcount)  # type: ignore[attr-defined]


def move_cursor(
    session: Session, channel: str, account: str, *, since: str | None, to: str, busy_until: datetime
) -> bool:
    """Note how far the account has been read; False where it is not at `since` any more.

    The reader goes on answering for it until `busy_until`; that it could read ends any problem.
    """
    session.flush()
    moved = session.execute(
        update(ChannelAccount)
        .where(
            ChannelAccount.channel == channel,
            ChannelAccount.account == account,
            ChannelAccount.cursor == since,
        )
        .values(cursor=to, token_refresh_until=busy_until, problem=None)
        .execution_options(synchronize_session=False)
    )
    return bool(moved.rowcount)  # type: ignore[attr-defined]
