"""Looking up customers, and the page that shows everything about one of them."""

from fastapi import Request
from fastapi.responses import Response
from nicegui import events, ui

from integrations.console import access, customer360, customer_wording, wording
from integrations.console.activity_chart import chart
from integrations.console.context import Console
from integrations.console.frame import Visit, frame, markup
from integrations.console.guard import read_token
from integrations.console.rendering import page, render
from integrations.crm.customers.errors import CustomerNotFound, ReasonRequired
from integrations.crm.staff.errors import Forbidden

_HIDE_SECONDS = 60
"""Revealed data leaves the screen by itself after this."""


def register_customers(console: Console) -> None:
    """Add the pages /console/customers and /console/customers/{customer number}."""

    @ui.page("/customers")
    async def search_page(request: Request) -> None:
        visit = Visit(console, read_token(request.scope), "customers", ui.context.client)
        frame(console, request.state.staff, "customers")
        await CustomerSearch(visit, own_only=request.state.staff.role == "agent").show()

    @ui.page("/customers/{number}")
    async def customer_page(request: Request, number: str) -> Response | None:
        visit = Visit(console, read_token(request.scope), "customers", ui.context.client)
        now = console.clock()
        try:
            found = await visit.write(
                lambda session, reader: customer360.open_customer(session, reader, number, now)
            )
        except CustomerNotFound:
            words = {"title": customer_wording.NOT_FOUND_TITLE, "text": customer_wording.NOT_FOUND}
            return page("done.html", status_code=404, **words)
        frame(console, request.state.staff, "customers")
        CustomerPage(visit, found).show()
        return None


class CustomerSearch:
    """The search. What is typed goes through the page's socket: a phone number in an address is logged."""

    def __init__(self, visit: Visit, *, own_only: bool) -> None:
        self._visit = visit
        self._own_only = own_only

    async def show(self) -> None:
        """Build the page; an agent finds those served last at once."""
        with ui.element("main").classes("page"):
            markup(f"<h1>{customer_wording.SEARCH_TITLE}</h1>")
            with ui.element("div").classes("customer-search"):
                label = customer_wording.SEARCH_LABEL
                self._text = ui.input(label).props("outlined dense maxlength=60 autocomplete=off autofocus")
                self._text.on("keydown.enter", self._search)
                ui.button(customer_wording.SEARCH, on_click=self._search).props("no-caps unelevated")
            hint = customer_wording.SEARCH_HINT_AGENT if self._own_only else customer_wording.SEARCH_HINT
            markup(f'<p class="quiet">{hint}</p>')
            self._results = markup("").props('aria-live="polite"')
        if self._own_only:
            await self._search()

    async def _search(self) -> None:
        text = str(self._text.value or "").strip()[:60]
        try:
            rows = await self._visit.read(lambda session, staff: customer360.search(session, staff, text))
        except (access.NotSignedIn, access.SetupNeeded, Forbidden) as error:
            self._visit.leave(error)
            return
        asked = bool(text) or self._own_only
        limit = customer360.FOUND_AT_ONCE
        content = render("customers.html", rows=rows, text=text, limit=limit) if asked else ""
        self._results.set_content(content)


class CustomerPage:
    """One customer's open page."""

    def __init__(self, visit: Visit, found: customer360.Customer360) -> None:
        self._visit = visit
        self._found = found
        self._number = found.person.number

    def show(self) -> None:
        """Build the page."""
        found = self._found
        with ui.element("main").classes("page customer"):
            markup(render("customer_head.html", p=found.person))
            with ui.element("div").classes("customer-grid"):
                with ui.element("div").classes("customer-side"):
                    self._who = markup("").classes("panel")
                    markup(render("customer_side.html", c=found))
                with ui.element("div").classes("customer-main"):
                    with ui.element("section").classes("panel activity"):
                        self._activity()
                    markup(render("customer_main.html", c=found))
        self._dialog = ui.dialog()
        self._hide()
        ui.on("console", self._heard)

    def _activity(self) -> None:
        months = self._found.months
        markup(f"<h2>{customer_wording.ACTIVITY}</h2>")
        if any(month.count for month in months):
            alt = customer_wording.ACTIVITY_ALT
            ui.echart(chart(months)).classes("chart").props(f'role=img aria-label="{alt}"')
        markup(render("activity_table.html", months=months))

    def _hide(self) -> None:
        self._who.set_content(render("customer_who.html", p=self._found.person, revealed=None))

    async def _heard(self, event: events.GenericEventArguments) -> None:
        do = event.args.get("do") if isinstance(event.args, dict) else None
        if do == "reveal":
            self._ask()
        elif do == "hide":
            self._hide()

    def _ask(self) -> None:
        self._dialog.clear()
        with self._dialog, ui.element("div").classes("dialog"):
            ui.label(customer_wording.REVEAL_TITLE).classes("dialog-title")
            ui.label(customer_wording.REVEAL_NOTE).classes("quiet")
            reason = ui.input(customer_wording.REVEAL_REASON).props(
                f"outlined stack-label autofocus autocomplete=off maxlength={customer360.REASON_MAX}"
            )
            reason.on("keydown.enter", lambda: self._reveal(str(reason.value or "")))
            with ui.element("div").classes("dialog-buttons"):
                ui.button(wording.CANCEL, on_click=self._dialog.close).props("no-caps flat")
                ui.button(wording.CONFIRM, on_click=lambda: self._reveal(str(reason.value or ""))).props(
                    "no-caps unelevated"
                )
        self._dialog.open()

    async def _reveal(self, reason: str) -> None:
        now = self._visit.console.clock()
        try:
            shown = await self._visit.write(
                lambda session, reader: customer360.reveal(session, reader, self._number, reason, now)
            )
        except (access.NotSignedIn, access.SetupNeeded, Forbidden) as error:
            self._visit.leave(error)
            return
        except ReasonRequired:
            ui.notify(customer_wording.REASON_NEEDED, position="top", classes="toast")
            return
        except CustomerNotFound:  # no longer this person's customer
            self._dialog.close()
            ui.notify(customer_wording.NOT_FOUND, position="top", classes="toast")
            return
        self._dialog.close()
        self._who.set_content(render("customer_who.html", p=self._found.person, revealed=shown))
        ui.timer(_HIDE_SECONDS, self._hide, once=True)
