"""Makes Rasa's remote actions fail loudly, quickly and cheaply.

Three changes to ``RemoteAction``, installed once when the channel is loaded:

* every failure except a rejection leaves the turn as :class:`TurnAborted`;
* one call ends within ``ACTION_TIMEOUT_SECONDS`` (Rasa waits 300 s, its lock lives 60 s);
* the JSON-schema validator of the answer is built once (Rasa rebuilds it each time, about 60 ms).
"""

from __future__ import annotations

import asyncio
from typing import Any

from jsonschema.validators import validator_for
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker

from bot.channels.failures import TrackerStoreUnavailable, TurnAborted

ACTION_TIMEOUT_SECONDS = 10.0

_original_run = RemoteAction.run
_schema = RemoteAction.action_response_format_spec()
_validator_class = validator_for(_schema)
_validator_class.check_schema(_schema)
_VALIDATOR = _validator_class(_schema)


async def run_or_abort(
    self: RemoteAction,
    output_channel: OutputChannel,
    nlg: NaturalLanguageGenerator,
    tracker: DialogueStateTracker,
    domain: Domain,
) -> list[Event]:
    """Run the action; raise ``TurnAborted`` on anything but a rejection, which Rasa handles itself."""
    try:
        return await asyncio.wait_for(
            _original_run(self, output_channel, nlg, tracker, domain), ACTION_TIMEOUT_SECONDS
        )
    except ActionExecutionRejection:
        raise
    except asyncio.TimeoutError as error:  # not the builtin one in Python 3.10
        raise TurnAborted(self.name(), "timeout") from error
    except (TurnAborted, TrackerStoreUnavailable):
        raise
    except Exception as error:
        raise TurnAborted(self.name(), type(error).__name__) from error


def validate_with_shared_validator(self: RemoteAction, result: dict[str, Any]) -> bool:
    """Check an action's answer with the validator built at import; raise ``ValidationError`` if wrong."""
    _VALIDATOR.validate(result)
    return True


def install() -> None:
    """Patch ``RemoteAction``; calling it again changes nothing."""
    RemoteAction.run = run_or_abort
    RemoteAction._validate_action_result = validate_with_shared_validator
