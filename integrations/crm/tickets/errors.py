"""What can go wrong with a ticket. Codes are mapped to statuses and words at the edges."""

from typing import Any


class TicketError(Exception):
    """Base of this room's errors; `code` is a stable machine word, `data` what the edge may show."""

    code = "ticket_error"

    def __init__(self, **data: Any) -> None:
        super().__init__(self.code)
        self.data = data


class TicketNotFound(TicketError):
    """No such ticket, or not one this person may see."""

    code = "ticket_not_found"


class TicketEnded(TicketError):
    """The case is resolved or withdrawn (`data["status"]`), so nothing can be added to it."""

    code = "ticket_ended"


class UnknownTicketKind(TicketError):
    """`data["kind"]` is none of complaint, card_loss, fraud, left_message, appointment."""

    code = "unknown_ticket_kind"


class ConflictOfInterest(TicketError):
    """The staff member complained about cannot handle the complaint; `data["username"]` names them."""

    code = "conflict_of_interest"


class ExtensionRefused(TicketError):
    """The answer's deadline cannot be moved; `data["reason"]`: not_complaint | approver | notice | days."""

    code = "extension_refused"
