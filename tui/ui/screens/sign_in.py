"""The sign-in: who is signed in, how and until when, and the other sign-in methods."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tui.domain.errors import Problem, ProblemKind
from tui.domain.ports import RequestWait
from tui.domain.sign_in import DeviceCode, SignedIn, SignInChoice, SignInMethod, SignInOffer, SignInState, SignInStep
from tui.domain.states import Tone
from tui.ui.keys import bindings, key_name
from tui.ui.ports import Flow
from tui.ui.screens.base import BaseScreen
from tui.ui.session import Session
from tui.ui.stack import OwnScreen
from tui.ui.text import Parts, ago, content, dated, glyph, wrap
from tui.ui.widgets.columns import Cell, Column
from tui.ui.widgets.problem import ProblemPanel
from tui.ui.widgets.table import ResourceTable

_LABEL_CELLS = 10
_TICK_SECONDS = 1.0
_TENANT = re.compile(r"--tenant [\"']?([A-Za-z0-9.-]+)")


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    offer: SignInOffer
    is_current: bool


def _name(row: _Row) -> Cell:
    words = row.offer.choice.method.label
    if row.is_current:
        return Cell(f"{glyph(Tone.GOOD)} {words}", "good")
    return Cell(f"  {words}", "" if row.offer.is_usable else "dim")


def _account(row: _Row) -> Cell:
    offer = row.offer
    words = f"{offer.account}, {offer.remark}" if offer.account and offer.remark else offer.account or offer.remark
    return Cell(words, "" if offer.account else "dim" if offer.is_usable else "warning")


class SignInScreen(BaseScreen):
    """Shows the sign-in and the sign-in methods of this machine.

    Args:
        cause: The problem that was on the screen when the sign-in was opened.
        at_once: Whether to sign in at once with the chosen method, and to close after that succeeds.
    """

    opened_by = "sign_in"
    IN_WORKSPACE = False
    WHERE = "sign-in"
    BINDINGS = bindings(WHERE)
    AUTO_FOCUS = "ResourceTable"

    def __init__(self, session: Session, flow: Flow, cause: Problem | None = None, *, at_once: bool = False) -> None:
        super().__init__(session, flow)
        self._at_once = at_once
        is_relevant = cause is not None and cause.kind is ProblemKind.NOT_SIGNED_IN
        self._cause = cause if is_relevant else None
        self._state: SignInState | None = None
        self._tenant = _requested_tenant(self._cause) if self._cause else None
        self._problem: Problem | None = None
        self._code: DeviceCode | None = None
        self._code_dialog: OwnScreen[bool] | None = None
        self._previous: SignedIn | None = None
        self._is_busy = False
        self._shown_facts: Content | None = None

    def content(self) -> Iterable[Widget]:
        """Create the facts of the sign-in, the problem panel and the methods."""
        yield Static("", id="who", markup=False)
        yield ProblemPanel(id="problem")
        columns = (
            Column("METHOD", _name, 0),
            Column("ACCOUNT", _account, 1, most=56),
            Column("TENANT", self._tenant_cell, 2),
        )
        yield ResourceTable(columns, lambda row: str(row.number), lambda row: row.number)

    @property
    def place(self) -> str:
        """The name of the screen."""
        return "sign-in"

    @property
    def _table(self) -> ResourceTable[_Row]:
        return self.query_one(ResourceTable)

    def _tenant_cell(self, row: _Row) -> Cell:
        tenant = row.offer.choice.tenant
        return Cell(self.session.where.tenant(tenant) if tenant else "the account's own", "dim")

    def why_not(self, action: str) -> str | None:
        """Why a key is not available."""
        if action not in ("choose", "renew", "tenant"):
            is_empty = action == "copy" and self._to_copy is None
            return "Nothing to copy: you are not signed in, and there is no problem." if is_empty else None
        if self._state is None:
            return "The sign-in methods have not been read yet."
        if not self._state.offers:
            return "The sandbox signs you in; there is nothing to choose."
        if self._is_busy:
            return None if action == "choose" and self._code is not None else "A sign-in is under way."
        row = self._table.current
        if action == "choose" and row is not None and not row.offer.is_usable:
            return f"{row.offer.choice.method.label} cannot be used here: {row.offer.remark}."
        return None

    def on_mount(self) -> None:
        """Say that the sign-in is being read."""
        self.say(("reading …", "$dim"))
        self.set_interval(_TICK_SECONDS, self._show_facts)

    def begin(self) -> None:
        """Read the sign-in and its methods."""
        self.reads.start("state", self._read_state)

    async def _read_state(self) -> None:
        try:
            self._state = await self.session.operations.call(lambda azure: azure.sign_in.state())
        except Problem as problem:
            self._show_problem(problem)
            return
        self._show()
        self._say_who()
        if self.session.operations.signed_in is not None:
            self.reads.start("tenants", self._read_tenants)
        if self._at_once:
            self.action_renew()

    async def _read_tenants(self) -> None:
        """Read the names of the tenants, which only works after a sign-in."""
        with suppress(Problem):
            async for page in self.session.operations.pages(lambda azure: azure.tenants()):
                self.session.where.add_tenants(page.items)
                self._show()

    # Display

    def _show(self) -> None:
        state = self._state
        if state is None:
            return
        rows = []
        for number, offer in enumerate(state.offers):
            named = self._with_tenant(offer)
            rows.append(_Row(number, named, _is_in_use(named.choice, state)))
        is_first = not self._table.items
        self._table.replace(rows)
        usable = next((row for row in rows if row.offer.is_usable), None)
        if is_first and usable is not None:
            self._table.select(str(usable.number))
        self._table.say("The sandbox signs you in; there is nothing to choose.")
        self._show_facts()
        self.show_frame()

    def fit(self) -> None:
        """Wrap the facts for the new width."""
        self._show_facts()

    def _show_facts(self) -> None:
        if self._state is None:
            return
        facts = content(*self._facts(self._state))
        if facts != self._shown_facts:
            self._shown_facts = facts
            self.query_one("#who", Static).update(facts)

    def _with_tenant(self, offer: SignInOffer) -> SignInOffer:
        """The offer for the tenant that the user named; a managed identity has its own."""
        if self._tenant is None or offer.choice.method is SignInMethod.MANAGED_IDENTITY:
            return offer
        if offer.choice.account and offer.choice.tenant.lower() == self._tenant.lower():
            return offer
        account = offer.choice.account if offer.choice.method is not SignInMethod.CLI else ""
        return replace(offer, choice=SignInChoice(offer.choice.method, self._tenant, account))

    def _facts(self, state: SignInState) -> Parts:
        who, now = self.session.operations.signed_in, self.session.operations.now()
        lines: list[tuple[str, str]] = []
        if who is not None:
            chosen = "" if who.method is state.choice.method else f", chosen by {state.choice.method.label}"
            name = who.text or "not named by the token"
            own = f"  object id {who.object_id}" if who.object_id and who.name not in ("", who.object_id) else ""
            lines = [
                ("who", f"{name}{own}"),
                ("method", f"{who.method.label}{chosen}"),
                ("tenant", self._tenant_words(who.tenant) or "not named by the token"),
                ("token", token_words(who, now)),
            ]
        cloud = self.session.cloud
        if state.offers:
            lines.append(("cloud", f"{cloud.name}, {cloud.authority}"))
        parts: Parts = []
        width = max(20, self.size.width - 4)
        for label, text in lines:
            parts += [(f"  {label:<{_LABEL_CELLS}}", "$dim"), f"{wrap(text, width, _LABEL_CELLS + 2)}\n"]
        if state.demand is None and self._cause is not None:
            parts.append((f"  {glyph(Tone.WARNING)} {wrap(self._cause_words(self._cause), width, 4)}\n", "$warning"))
            if self._cause.command:
                parts.append((f"    {wrap(self._cause.command, width, 4)}\n", "bold"))
        if state.demand is not None:
            parts.append((f"  {glyph(Tone.WARNING)} {wrap(self._demand_words(state), width, 4)}\n", "$warning"))
            if state.demand.command:
                parts.append((f"    {wrap(state.demand.command, width, 4)}\n", "bold"))
        for remark in state.remarks:
            parts.append((f"  {glyph(Tone.WARNING)} {wrap(remark, width, 4)}\n", "$warning"))
        return parts

    def _tenant_words(self, tenant: str) -> str:
        """A tenant's GUID, which commands need, and its name if that is known."""
        name = self.session.where.tenant(tenant)
        return f"{name}  {tenant}" if name != tenant else tenant

    def _cause_words(self, problem: Problem) -> str:
        copies, chooses = key_name("sign-in.copy"), key_name("sign-in.choose")
        if not problem.command:
            to = f" {chooses} signs in to the tenant {problem.tenant}." if problem.tenant else ""
            return f"{problem.title}{to}"
        run = f"Run this in another terminal ({copies} copies it)"
        return f"{problem.title} {run}, or choose a method: {chooses} signs in."

    def _demand_words(self, state: SignInState) -> str:
        renew = key_name("sign-in.renew")
        if state.demand is not None and state.demand.command:
            copies = key_name("sign-in.copy")
            run = f"Run this in another terminal ({copies} copies it), then press {renew}."
            return f"Azure requires a stronger sign-in. {run}"
        return f"Azure requires a stronger sign-in: {renew} signs you in again, with what it asks for."

    def _say_who(self) -> None:
        who, enter = self.session.operations.signed_in, key_name("sign-in.choose")
        if who is not None:
            done, more = f"Signed in as {who.text}.", f"  {enter} signs in with another method."
            self.say((done, "bold"), (more, "$dim"))
        elif self._state is not None and not self._state.offers:
            self.say((f"Signed in as {self.session.account}.", "bold"))
        else:
            self.say(
                ("You are not signed in.", "bold"), (f"  {enter} signs in with the method under the cursor.", "$dim")
            )

    def _show_problem(self, problem: Problem | None) -> None:
        self._problem = problem
        what = "the command" if problem is not None and problem.command else "this"
        tries, copies = key_name("sign-in.choose"), key_name("sign-in.copy")
        hint = f"{tries} tries the selected method · {copies} copies {what}"
        self.query_one(ProblemPanel).show_problem(problem, hint, offers_sign_in=False)

    @on(ResourceTable.Highlighted)
    def _highlighted(self) -> None:
        self.show_keys()

    # Signing in

    def action_choose(self) -> None:
        """Sign in with the method under the cursor."""
        if self.shows_result("choose"):
            return
        row = self._table.current
        if row is not None and not self.refused("choose"):
            self._sign_in(row.offer.choice)

    def action_renew(self) -> None:
        """Request a new token with the current method."""
        if not self.refused("renew") and self._state is not None:
            self._sign_in(self._state.choice)

    def _sign_in(self, choice: SignInChoice) -> None:
        operations = self.session.operations
        self._previous, self._is_busy = operations.signed_in, True
        self._show_problem(None)
        self.say((f"{glyph(Tone.BUSY)} signing in: {choice.method.label} …", "$accent"))
        self.reads.start("sign-in", self._follow_sign_in, choice)
        self.show_keys()

    async def _follow_sign_in(self, choice: SignInChoice) -> None:
        def wait(request_wait: RequestWait) -> None:
            self.say((f"{glyph(Tone.BUSY)} signing in: waiting, {request_wait.text}", "$accent"))

        problem: Problem | None = None
        try:
            async for step in self.session.operations.steps(lambda azure: azure.sign_in.sign_in(choice), wait):
                self._step(step)
        except Problem as failure:
            problem = failure
        self._ended(problem)

    def _ended(self, problem: Problem | None) -> None:
        self._is_busy = self._at_once = False
        self._close_code()
        if problem is not None:
            self.say(("Nothing has changed.", "bold"))
            self._show_problem(problem)
        self.show_keys()

    def _step(self, step: SignInStep) -> None:
        if isinstance(step, SignedIn):
            # On a slow connection the code and the end of the sign-in may arrive together.
            self._close_code()
            self._signed_in(step)
        else:
            self._code = step
            self.show_result("choose", "the code to sign in with", self._show_code)
        self.show_keys()

    def _show_code(self) -> None:
        if self._code is not None:
            self._code_dialog = self.flow.device_code(self._code, self._code_closed)

    def _code_closed(self, given_up: bool | None) -> None:
        if given_up:
            self._code = self._code_dialog = None
            self._is_busy = self._at_once = False
            self.reads.cancel("sign-in")
            self.say(("Sign-in cancelled. Nothing has changed.", "$warning"))
            self.show_keys()

    def _close_code(self) -> None:
        dialog = self._code_dialog
        self._code = self._code_dialog = None
        self.drop_result("choose")
        if dialog is not None:
            if dialog.is_active:
                self.closes_by_itself()
            dialog.dismiss(False)

    def _signed_in(self, who: SignedIn) -> None:
        before = self._previous
        name = who.text
        if before is not None and before.fingerprint == who.fingerprint:
            again = "run it in another terminal" if who.method is SignInMethod.CLI else "wait until it expires"
            words = f"{who.method.label} returned its cached token. For a new one, {again}, then press"
            self.say((f"{words} {key_name('sign-in.renew')}.", "$warning"))
        else:
            self._cause = None
            back = key_name("screen.back")
            done = f"{glyph(Tone.GOOD)} Signed in as {name}, with a new token."
            self.say((done, "$success"), (f"  {back} goes back.", "$dim"))
        self._tenant = None
        self.flow.signed_in()
        if self._at_once and self.is_active:
            self.closes_by_itself()
            self.dismiss()
        else:
            self._begin_quietly()

    def _begin_quietly(self) -> None:
        """Read the methods again without changing the message."""
        self.reads.start("state", self._read_state_quietly)

    async def _read_state_quietly(self) -> None:
        with suppress(Problem):
            self._state = await self.session.operations.call(lambda azure: azure.sign_in.state())
            self._show()

    # Other keys

    def action_tenant(self) -> None:
        """Ask for the tenant."""
        if self.refused("tenant"):
            return
        who = self.session.operations.signed_in
        title = "Which tenant? Its GUID, or a domain such as contoso.onmicrosoft.com; empty for the account's own."
        known = self._tenant if self._tenant is not None else (who.tenant if who else "")
        self.flow.ask(title, known, _tenant_problem, self._tenant_named)

    def _tenant_named(self, tenant: str | None) -> None:
        if tenant is not None:
            self._tenant = tenant
            self._show()
            enter = key_name("sign-in.choose")
            self.say((f"Tenant {tenant or 'of the account'}: {enter} signs in to it.", "bold"))

    async def action_copy(self) -> None:
        """Copy the command that helps, else the problem, else who is signed in."""
        if not self.refused("copy") and self._to_copy is not None:
            await self.copy(*self._to_copy)

    @property
    def _to_copy(self) -> tuple[str, str] | None:
        who = self.session.operations.signed_in
        demand = self._state.demand if self._state else None
        commands = [one.command for one in (self._problem, demand, self._cause) if one is not None and one.command]
        if commands:
            return commands[0], "the command"
        problem = self._problem or (self._cause if who is None else None)
        if problem is not None:
            return problem.report, "the problem"
        if who is None and self._state is not None and not self._state.offers:
            return self.session.account, "who is signed in"
        return (f"{who.name} {who.object_id} tenant {who.tenant}", "who is signed in") if who is not None else None

    def account_changed(self) -> None:
        """Do nothing: this screen itself reported the sign-in."""

    def action_refresh(self) -> None:
        """Read the sign-in and its methods again."""
        self._show_problem(None)
        self.begin()


def _is_in_use(choice: SignInChoice, state: SignInState) -> bool:
    """Whether a choice is the one that gave the current token."""
    who = state.signed_in
    if who is None:
        return choice == state.choice
    if choice.method is not who.method:
        return False
    return not choice.tenant or choice.tenant.lower() == who.tenant.lower()


def _requested_tenant(problem: Problem) -> str | None:
    """The tenant that a problem or its `az` command names."""
    found = _TENANT.search(problem.command)
    return problem.tenant or (found[1] if found else None)


def token_words(who: SignedIn, now: datetime) -> str:
    """When a token was issued and when it expires; the words stay the same for a minute."""
    issued = f"issued {dated(who.issued_at, now)}, " if who.issued_at else ""
    left = who.expires_at - now
    if left <= timedelta(0):
        return f"{issued}expired {dated(who.expires_at, now)} UTC, {ago(who.expires_at, now)}"
    hours, minutes = divmod(left // timedelta(minutes=1), 60)
    rest = f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else "less than a minute"
    return f"{issued}expires {dated(who.expires_at, now)} UTC, in {rest}"


def _tenant_problem(text: str) -> str:
    if all(one.isascii() and (one.isalnum() or one in ".-") for one in text):
        return ""
    return "A tenant is a GUID or a domain: letters, digits, dots and dashes."
