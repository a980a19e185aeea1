"""What can go wrong with the bank's published data. Codes are mapped to words at the edges."""

from typing import Any


class BankError(Exception):
    """Base of this room's errors; `code` is a stable machine word, `data` what the edge may show."""

    code = "bank_error"

    def __init__(self, message: str = "", **data: Any) -> None:
        super().__init__(message or self.code)
        self.data = data


class BadBankData(BankError):
    """A data file is wrong; the message names the file, the entry and what is wrong with it."""

    code = "bad_bank_data"


class BadLoanTerms(BankError):
    """A loan cannot be computed; `data["field"]` is principal, rate, months or method."""

    code = "bad_loan_terms"
