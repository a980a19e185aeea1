"""The panel above the reply box from which an agent sends a product that may be offered."""

from nicegui import ui

from integrations.console import desk_offers
from integrations.console.desk_offers import Prepared
from integrations.console.frame import Visit, markup
from integrations.console.rendering import render


class OfferPanel:
    """What is offered in the open conversation; empty until the agent asks for it."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._prepared: Prepared | None = None
        self._public_id = ""
        self._panel: ui.html = markup("").classes("offers")

    async def open(self, public_id: str) -> None:
        """Choose products and show them. Raises what `desk_offers.prepare` raises."""
        self.close()
        now = self._visit.console.clock()
        prepared = await self._visit.write(
            lambda session, agent: desk_offers.prepare(session, public_id, agent, now)
        )
        self._prepared, self._public_id = prepared, public_id
        self._panel.set_content(render("offers.html", offers=prepared.offers, here=public_id))

    async def send(self, public_id: str, code: str) -> None:
        """Send one of them. Raises what `desk_offers.send_offer` raises; a page of long ago does nothing."""
        prepared = self._prepared
        if prepared is None or public_id != self._public_id:
            return
        now = self._visit.console.clock()
        try:
            await self._visit.write(
                lambda session, agent: desk_offers.send_offer(session, public_id, agent, prepared, code, now)
            )
        finally:
            self.close()

    def close(self) -> None:
        """Put the panel away."""
        self._prepared, self._public_id = None, ""
        self._panel.set_content("")
