"""What can go wrong with a customer's data. Codes are mapped to statuses and words at the edges."""

from typing import Any


class CustomerError(Exception):
    """Base of this room's errors; `code` is a stable machine word, `data` what the edge may show."""

    code = "customer_error"

    def __init__(self, **data: Any) -> None:
        super().__init__(self.code)
        self.data = data


class CustomerNotFound(CustomerError):
    """No such customer."""

    code = "customer_not_found"


class CardNotFound(CustomerError):
    """The customer has no such card; `data["tail"]` is what was looked for."""

    code = "card_not_found"


class AmbiguousCard(CustomerError):
    """Several cards of the customer end in these digits; `data["cards"]` lists (kind, product)."""

    code = "ambiguous_card"


class CardCancelled(CustomerError):
    """The card no longer exists, so it cannot be frozen; `data["tail"]` names it."""

    code = "card_cancelled"


class UnknownFreezeReason(CustomerError):
    """A card is frozen only as lost, stolen or for fraud; `data["reason"]` is what was given."""

    code = "unknown_freeze_reason"


class ReasonRequired(CustomerError):
    """Personal data is revealed only with a reason."""

    code = "reason_required"


class DirectoryError(CustomerError):
    """The bank's own CRM could not tell who a customer is; `data["reason"]` is a machine word."""

    code = "directory_error"


class DirectoryUnavailable(DirectoryError):
    """No answer, or none in time; `data["retry_after"]` is in how many seconds the CRM wants us, or None."""

    code = "directory_unavailable"


class DirectoryRefused(DirectoryError):
    """The CRM does not accept our token or our request: somebody must change a setting."""

    code = "directory_refused"


class BadDirectoryAnswer(DirectoryError):
    """The CRM's answer breaks the contract (docs/crm-port.md); nothing of it is used."""

    code = "bad_directory_answer"
