"""Verification in the chat: phone, last four digits of a card, one-time code."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.orm import Session

from integrations.crm.conversations import binding, repository
from integrations.crm.conversations.errors import ConversationError
from integrations.crm.models import AuditEntry, Conversation, VerificationChallenge, VerificationLock
from integrations.crm.settings import Settings

LEVELS = ("none", "known", "verified")
MAX_CODES = 10
"""How many codes a customer is sent within a lock period, over all conversations."""


class VerificationLocked(ConversationError):
    """Too many wrong codes; `data["until"]` is when the customer may try again."""

    code = "verification_locked"


class CodeSender(Protocol):
    """Port: brings a one-time code to a customer's phone."""

    def send(self, phone: str, code: str) -> None:
        """Send, or raise."""


def level_of(conversation: Conversation, now: datetime) -> str:
    """The level that holds now: a verification ends after a time without messages."""
    if conversation.level != "verified":
        return conversation.level
    still = conversation.verified_until is not None and now < conversation.verified_until
    return "verified" if still else "known"


def has_level(conversation: Conversation, needed: str, now: datetime) -> bool:
    """Whether the conversation's level is at least `needed`."""
    return LEVELS.index(level_of(conversation, now)) >= LEVELS.index(needed)


def keep_alive(conversation: Conversation, now: datetime, settings: Settings) -> None:
    """A used verification stays valid for another idle period."""
    if level_of(conversation, now) == "verified":
        conversation.verified_until = now + timedelta(minutes=settings.verification_idle_minutes)


def locked_until(session: Session, customer_id: int, now: datetime) -> datetime | None:
    """Until when this customer can't be verified, or None."""
    lock = session.get(VerificationLock, customer_id)
    return lock.locked_until if lock and lock.locked_until > now else None


def may_get_code(session: Session, conversation: Conversation, now: datetime, settings: Settings) -> bool:
    """Whether six digits may be a one-time code: also one that comes too late or after a lock is a secret."""
    challenge = repository.latest_challenge(session, conversation.id)
    since = now - timedelta(minutes=settings.verification_lock_minutes)
    return challenge is not None and challenge.status != "passed" and challenge.created_at > since


def start_challenge(
    session: Session, conversation: Conversation, customer_id: int, now: datetime, settings: Settings
) -> str:
    """Open a challenge and return the six-digit code to send. Raises VerificationLocked.

    Wrong attempts are counted per customer over all open challenges of the last lock period,
    so asking for a new code doesn't reset the count. The codes themselves are counted too: anyone
    can open a new conversation, and a stranger must not flood a customer's phone from many of them.
    """
    until = locked_until(session, customer_id, now)
    if until:
        raise VerificationLocked(until=until)
    period = timedelta(minutes=settings.verification_lock_minutes)
    if repository.challenges_since(session, customer_id, now - period) >= MAX_CODES:
        raise VerificationLocked(until=now + period)
    repository.close_challenges(session, conversation.id)
    code = f"{secrets.randbelow(10**6):06d}"
    session.add(
        VerificationChallenge(
            conversation_id=conversation.id,
            customer_id=customer_id,
            code_hmac=_digest(code, conversation.public_id, settings),
            status="open",
            wrong_attempts=0,
            created_at=now,
            expires_at=now + timedelta(minutes=settings.verification_code_minutes),
        )
    )
    return code


def check_code(
    session: Session, challenge: VerificationChallenge, code: str, now: datetime, settings: Settings
) -> None:
    """Compare a typed code; the challenge's status tells the outcome. Three wrong ones lock for a time.

    The lock holds for every conversation that still waits for a code of this customer: opening many
    of them gives no more guesses.
    """
    repository.lock_customer(session, challenge.customer_id)
    if locked_until(session, challenge.customer_id, now):
        challenge.status = "locked"
        return
    conversation = session.get_one(Conversation, challenge.conversation_id)
    if hmac.compare_digest(challenge.code_hmac, _digest(code, conversation.public_id, settings)):
        challenge.status = "passed"
        binding.bind(session, conversation, challenge.customer_id, now)
        conversation.level = "verified"
        conversation.verified_until = now + timedelta(minutes=settings.verification_idle_minutes)
        _audit(session, challenge, "verification.passed", now)
        return
    challenge.wrong_attempts += 1
    since = now - timedelta(minutes=settings.verification_lock_minutes)
    if (
        repository.wrong_attempts_since(session, challenge.customer_id, since)
        >= settings.verification_max_wrong
    ):
        challenge.status = "locked"
        until = now + timedelta(minutes=settings.verification_lock_minutes)
        session.merge(VerificationLock(customer_id=challenge.customer_id, locked_until=until))
        _audit(session, challenge, "verification.locked", now)


def _digest(code: str, conversation: str, settings: Settings) -> str:
    key = settings.customer_token_secret.get_secret_value().encode()
    return hmac.new(key, f"{conversation}:{code}".encode(), hashlib.sha256).hexdigest()


def _audit(session: Session, challenge: VerificationChallenge, action: str, now: datetime) -> None:
    session.add(
        AuditEntry(
            at=now,
            actor="customer",
            action=action,
            target_kind="customer",
            target_id=str(challenge.customer_id),
            data={"conversation": challenge.conversation_id},
        )
    )
