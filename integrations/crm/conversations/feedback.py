"""What customers thought of a conversation and of articles they were shown; once for each `source_key`."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.crm.models import ArticleFeedback, Conversation, Rating


def rate(
    session: Session,
    conversation: Conversation,
    *,
    score: int,
    comment: str | None,
    source_key: str,
    now: datetime,
) -> Rating:
    """Store a rating from 1 (very bad) to 5 (very good). Raises ValueError for any other score."""
    if not 1 <= score <= 5:
        raise ValueError("a score is 1 to 5")
    known = session.scalar(select(Rating).where(Rating.source_key == source_key))
    if known is not None:
        return known
    rating = Rating(
        conversation_id=conversation.id, source_key=source_key, score=score, comment=comment, created_at=now
    )
    session.add(rating)
    session.flush()
    return rating


def judge_article(
    session: Session,
    conversation: Conversation,
    *,
    article_id: str,
    helpful: bool,
    source_key: str,
    now: datetime,
) -> ArticleFeedback:
    """Store whether an article helped."""
    known = session.scalar(select(ArticleFeedback).where(ArticleFeedback.source_key == source_key))
    if known is not None:
        return known
    feedback = ArticleFeedback(
        conversation_id=conversation.id,
        source_key=source_key,
        article_id=article_id,
        helpful=helpful,
        created_at=now,
    )
    session.add(feedback)
    session.flush()
    return feedback
