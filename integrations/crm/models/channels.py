"""What a messenger's rules make us remember: who wrote when, what was sent, tokens and cursors."""

from datetime import datetime

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from integrations.crm.models.base import Base, Code, PrimaryKey


class ChannelInteraction(Base):
    """Something a user of a messenger did: it opens a window for sending. One row for each push."""

    __tablename__ = "channel_interactions"
    __table_args__ = (
        UniqueConstraint("channel", "account", "external_id"),
        Index("ix_channel_interactions_user", "channel", "account", "external_user", "at"),
    )

    id: Mapped[PrimaryKey]
    channel: Mapped[Code]
    account: Mapped[str] = mapped_column(String(80))
    external_user: Mapped[str] = mapped_column(String(80))
    external_id: Mapped[str] = mapped_column(String(120))
    kind: Mapped[Code]  # message | click | other (earns nothing)
    at: Mapped[datetime]


class ChannelSend(Base):
    """A message that the messenger's quota counts."""

    __tablename__ = "channel_sends"
    __table_args__ = (Index("ix_channel_sends_user", "channel", "account", "external_user", "at"),)

    id: Mapped[PrimaryKey]
    channel: Mapped[Code]
    account: Mapped[str] = mapped_column(String(80))
    external_user: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]


class ChannelAccount(Base):
    """Our own account at a messenger: its access token, what it may do, how far it has been read."""

    __tablename__ = "channel_accounts"
    __table_args__ = (UniqueConstraint("channel", "account"),)

    id: Mapped[PrimaryKey]
    channel: Mapped[Code]
    account: Mapped[str] = mapped_column(String(80))
    token: Mapped[str | None] = mapped_column(Text)
    token_expires_at: Mapped[datetime | None]
    token_refresh_until: Mapped[datetime | None]  # one process renews it, and answers for it until then
    token_forced_at: Mapped[datetime | None]  # the last forced renewal: at most one in 30 s
    may_send: Mapped[bool | None]  # None: not known yet
    problem: Mapped[str | None] = mapped_column(String(300))  # what an operator has to see to
    cursor: Mapped[str | None] = mapped_column(Text)
