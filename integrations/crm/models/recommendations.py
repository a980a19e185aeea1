"""Risk assessments, what was recommended to whom, and what became of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from integrations.crm.models.base import Base, Code, ForeignId, PrimaryKey


class RiskAssessment(Base):
    """A risk questionnaire that the customer has answered (风险测评); the newest one counts."""

    __tablename__ = "risk_assessments"
    __table_args__ = (Index("ix_risk_assessments_customer_taken", "customer_id", "taken_at"),)

    id: Mapped[PrimaryKey]
    customer_id: Mapped[ForeignId] = mapped_column(ForeignKey("customers.id"))
    source_key: Mapped[str] = mapped_column(String(80), unique=True)  # one per request: idempotent
    level: Mapped[int]  # 1–5, shown as C1–C5
    score: Mapped[int]
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    channel: Mapped[Code]  # branch | web | wechat | wecom_kf
    taken_at: Mapped[datetime]
    expires_at: Mapped[datetime]  # 12 months later (金融机构产品适当性管理办法)


class MarketingChoice(Base):
    """A customer's yes or no to recommendations (个人信息保护法 Art 24); the newest one counts."""

    __tablename__ = "marketing_choices"
    __table_args__ = (Index("ix_marketing_choices_customer_at", "customer_id", "at"),)

    id: Mapped[PrimaryKey]
    customer_id: Mapped[ForeignId] = mapped_column(ForeignKey("customers.id"))
    granted: Mapped[bool]
    source: Mapped[Code]  # the channel, or staff
    at: Mapped[datetime]


class Recommendation(Base):
    """One product shown to one customer: an impression. Its fate is what its events say."""

    __tablename__ = "recommendations"
    __table_args__ = (
        Index("ix_recommendations_customer_shown", "customer_id", "shown_at"),
        Index("ix_recommendations_source", "source_key", "product_code", unique=True),
    )

    id: Mapped[PrimaryKey]
    customer_id: Mapped[ForeignId] = mapped_column(ForeignKey("customers.id"))
    conversation_id: Mapped[ForeignId | None] = mapped_column(ForeignKey("conversations.id"))
    source_key: Mapped[str] = mapped_column(String(80))  # one per request: a repeated turn shows nothing twice
    product_code: Mapped[str] = mapped_column(String(30))
    surface: Mapped[Code]  # bot | agent | article | export
    place: Mapped[int]  # 1 is the first card
    reason: Mapped[str] = mapped_column(String(200))  # the sentence the customer read
    shown_at: Mapped[datetime]
    outcome: Mapped[Code] = mapped_column(default="shown")  # shown | clicked | accepted | declined
    ticket_id: Mapped[ForeignId | None] = mapped_column(ForeignKey("tickets.id"))

    events: Mapped[list["RecommendationEvent"]] = relationship(
        back_populates="recommendation", order_by="RecommendationEvent.id", cascade="all, delete-orphan"
    )


class RecommendationEvent(Base):
    """A click, an acceptance or a refusal of something recommended."""

    __tablename__ = "recommendation_events"

    id: Mapped[PrimaryKey]
    recommendation_id: Mapped[ForeignId] = mapped_column(ForeignKey("recommendations.id"), index=True)
    kind: Mapped[Code]  # clicked | accepted | declined
    at: Mapped[datetime]

    recommendation: Mapped[Recommendation] = relationship(back_populates="events")
