"""The CRM's tables, one file per group."""

from integrations.crm.models.accounts import Account, Card, CardBill, Holding, Transaction, Transfer
from integrations.crm.models.base import Base
from integrations.crm.models.channels import ChannelAccount, ChannelInteraction, ChannelSend
from integrations.crm.models.conversations import (
    ArticleFeedback,
    Attachment,
    Conversation,
    Message,
    OutboxItem,
    Rating,
    VerificationChallenge,
    VerificationLock,
)
from integrations.crm.models.customers import ChannelIdentity, ContactPoint, Customer
from integrations.crm.models.profiles import CustomerProfile, TierChange
from integrations.crm.models.recommendations import (
    MarketingChoice,
    Recommendation,
    RecommendationEvent,
    RiskAssessment,
)
from integrations.crm.models.staff import AuditEntry, Staff, StaffSession
from integrations.crm.models.tickets import Ticket, TicketEvent

__all__ = [
    "Account",
    "ArticleFeedback",
    "Attachment",
    "AuditEntry",
    "Base",
    "Card",
    "CardBill",
    "ChannelAccount",
    "ChannelIdentity",
    "ChannelInteraction",
    "ChannelSend",
    "ContactPoint",
    "Conversation",
    "Customer",
    "CustomerProfile",
    "Holding",
    "MarketingChoice",
    "Message",
    "OutboxItem",
    "Rating",
    "Recommendation",
    "RecommendationEvent",
    "RiskAssessment",
    "Staff",
    "StaffSession",
    "Ticket",
    "TicketEvent",
    "TierChange",
    "Transaction",
    "Transfer",
    "VerificationChallenge",
    "VerificationLock",
]
