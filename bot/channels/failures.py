"""Failures that must leave Rasa's processor instead of being swallowed by it.

``MessageProcessor._run_action`` and ``FailSafeTrackerStore`` catch ``Exception`` and go on: the
action's events are lost, or the history silently moves to memory. Both classes here derive from
``BaseException`` so that they pass those handlers, the tracker is not saved and the channel answers
with an HTTP error.
"""

from __future__ import annotations


class TurnAborted(BaseException):
    """An action could not be run (endpoint down, error status, timeout, bad answer, no reply)."""

    def __init__(self, action: str, reason: str) -> None:
        """Keep the action's name and a reason without any text of the customer."""
        self.action = action
        self.reason = reason
        super().__init__(f"{action}: {reason}")


class TrackerStoreUnavailable(BaseException):
    """The tracker store cannot read or write, so the turn must not happen."""

    def __init__(self, reason: str) -> None:
        """Keep the reason: the database error's class, never its parameters."""
        self.reason = reason
        super().__init__(reason)
