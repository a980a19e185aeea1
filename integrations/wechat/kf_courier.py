"""The courier of 微信客服: what a state of the conversation forbids waits for the customer's next message."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from integrations.wechat.api_errors import ApiError
from integrations.wechat.courier import Courier
from integrations.wechat.outgoing import Outgoing


class KfCourier(Courier):
    """See `Courier`. In the states 2 to 4 (waiting, with a person in WeCom, ended) nothing can be sent."""

    def _refused(self, public_id: str, rest: Sequence[Outgoing], error: ApiError, session: Session) -> None:
        if error.consequence != "state":
            super()._refused(public_id, rest, error, session)
            return
        for message in rest:
            self._settle(session, public_id, message, "held", error="wecom_state")
