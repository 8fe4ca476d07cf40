"""Which screen follows which: the only module that knows the screens by name.

A screen is imported when it is first opened, with what it needs, because the first frame needs only one.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from tui.domain.errors import Problem, ProblemKind
from tui.domain.operation import Failed, Operation
from tui.domain.resource_id import ResourceId
from tui.domain.workspaces import Workspace
from tui.ui.dialogs import ConfirmScreen
from tui.ui.fix_flow import FixFlow
from tui.ui.keys import key_name
from tui.ui.pool_flow import PoolFlow
from tui.ui.questions import leave_question, unsent_forms, unsent_question
from tui.ui.screens.base import BaseScreen, front_of
from tui.ui.screens.error import ErrorScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from textual.app import App
    from textual.screen import Screen

    from tui.domain.compute import Compute
    from tui.domain.identity_form import IdentityInput
    from tui.domain.plan import Detachment, Plan
    from tui.domain.ports import RequestWait
    from tui.domain.role_change import Grant, RoleChange
    from tui.domain.roles import RoleAssignment
    from tui.domain.sign_in import DeviceCode
    from tui.domain.uses import Uses
    from tui.domain.workspaces import SynapseWorkspace
    from tui.manual import Page
    from tui.operations.readiness import Assessor
    from tui.ui.attach.form import Form
    from tui.ui.dialogs import Question
    from tui.ui.session import Session
    from tui.ui.stack import OwnScreen


class ScreenFlow:
    """Opens the screens; `Flow` documents the methods that screens use."""

    def __init__(self, app: App[None], session: Session) -> None:
        self._app = app
        self._session = session
        self._leaving: ConfirmScreen | None = None
        self.pools = PoolFlow(app, session, self)
        self.fixes = FixFlow(session, self)

    # Everywhere

    def first(self) -> Screen[None]:
        """The screen to start with: the computes of the workspace, or the picker if none is known."""
        workspace = self._session.workspace
        return self._picker() if workspace is None else self._computes(workspace)

    def open_workspace(self, workspace: ResourceId) -> None:
        """Close all screens and show the computes of a workspace."""
        while len(self._app.screen_stack) > 1:
            self._app.pop_screen()
        self._app.switch_screen(self._computes(workspace))

    def _computes(self, workspace: ResourceId) -> Screen[None]:
        from tui.ui.screens.computes import ComputesScreen

        self._session.where.workspace = workspace
        return ComputesScreen(self._session, self, workspace)

    def switch_workspace(self) -> None:
        """Ask for another workspace."""
        self._app.push_screen(self._picker())

    def _picker(self) -> Screen[None]:
        from tui.ui.screens.picker import PickerScreen

        return PickerScreen(self._session, self)

    def operations(self) -> None:
        """Show running and past operations, at the last unseen failure if there is one."""
        from tui.ui.screens.operations import OperationsScreen

        self._app.push_screen(
            OperationsScreen(self._session, self, next(reversed(self._session.unseen_failures), None))
        )

    def sign_in(self, problem: Problem | None = None, *, at_once: bool = False) -> None:
        """Show who is signed in, unless that is in front.

        Args:
            problem: The problem on the screen; None for none.
            at_once: Whether to sign in immediately with the chosen method.
        """
        from tui.ui.screens.sign_in import SignInScreen

        if not isinstance(self._app.screen, SignInScreen):
            self._app.push_screen(SignInScreen(self._session, self, problem, at_once=at_once))

    def signed_in(self) -> None:
        """Let all screens read again, as another user or after a failed read."""
        for screen in self._app.screen_stack:
            if isinstance(screen, BaseScreen):
                screen.account_changed()

    def help(self) -> None:
        """Show the keys that work on the screen in front."""
        from tui.ui.screens.help import HelpScreen

        if not isinstance(self._app.screen, HelpScreen):
            self._app.push_screen(HelpScreen(self._app.screen))

    def manual(self) -> None:
        """Show the pages of the manual."""
        from tui.ui.screens.manual import ManualScreen

        self._app.push_screen(ManualScreen(self._session, self))

    def manual_page(self, page: Page) -> None:
        """Show a page of the manual."""
        from tui.ui.screens.manual import ManualPageScreen

        self._app.push_screen(ManualPageScreen(self._session, self, page))

    async def leave(self) -> None:
        """Quit; ask first while operations run or a form is unsent."""
        running = self._session.operations.running()
        front = front_of(self._app)
        # On a terminal that is too small, the only sentence on the screen promises that the key quits.
        is_blind = front is not None and front.is_too_small
        screens = [screen for screen in self._app.screen_stack if isinstance(screen, BaseScreen)]
        unsent = [] if is_blind else unsent_forms([screen.unsent for screen in screens], self._session.drafts)
        if not running and not unsent:
            self._app.exit()
            return
        if self._leaving is not None and self._app.screen is self._leaving:
            return

        def decided(leave: bool | None) -> None:
            if leave:
                self._app.exit()

        question = leave_question(self._session, running, unsent) if running else unsent_question(unsent)
        self._leaving = ConfirmScreen(question)
        await self._app.push_screen(self._leaving, decided)

    # Dialogs

    def error(self, problem: Problem) -> None:
        """Show a problem."""
        self._app.push_screen(ErrorScreen(problem))

    def confirm(self, question: Question, answered: Callable[[bool | None], None]) -> None:
        """Ask before something that cannot be undone."""
        self._app.push_screen(ConfirmScreen(question), answered)

    def ask(
        self,
        question: str,
        known: str,
        problem: Callable[[str], str],
        answered: Callable[[str | None], None],
    ) -> None:
        """Ask for a text."""
        from tui.ui.screens.ask import AskScreen

        self._app.push_screen(AskScreen(question, known, problem), answered)

    def device_code(self, code: DeviceCode, closed: Callable[[bool | None], None]) -> OwnScreen[bool]:
        """Show a code to sign in with."""
        from tui.ui.screens.device_code import DeviceCodeScreen

        dialog = DeviceCodeScreen(self._session.operations, code)
        self._app.push_screen(dialog, closed)
        return dialog

    def unlock(
        self,
        screen: BaseScreen,
        plan: Plan,
        then: Callable[[tuple[ResourceId, ...]], object],
        named: tuple[ResourceId, ...] = (),
    ) -> None:
        """Let the user type the names of what is locked, except those already `named`."""
        from tui.ui.screens.unlock import UnlockScreen

        guard = self._session.guard
        locked = next((lock for lock in guard.locks_over(plan) if lock not in named), None)
        if locked is None or guard.read_only:
            then(named)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.unlock(screen, plan, then, (*named, locked))
            else:
                screen.say_when_back(("Nothing was sent.", "$dim"))

        self._app.push_screen(UnlockScreen(locked, plan.doing), answered)

    # Computes

    def open_compute(self, workspace: Workspace, compute: Compute, page: str = "overview") -> None:
        """Show a compute."""
        from tui.ui.screens.detail import DetailScreen

        self._app.push_screen(DetailScreen(self._session, self, workspace, compute, page))

    def attach(self, workspace: Workspace, draft: Form | None) -> Form:
        """Open the attach wizard."""
        from tui.ui.attach.form import Form
        from tui.ui.attach.screen import AttachScreen

        form = Form(workspace) if draft is None else draft
        self._app.push_screen(AttachScreen(self._session, self, form))
        return form

    def attach_again(self, workspace: Workspace, pool: ResourceId, name: str) -> None:
        """Show the plan of an attach with the same Spark pool and name."""
        from tui.ui.attach.form import Form

        self._attach_again(Form(workspace, pool=pool, name=name, name_is_typed=True))

    def _attach_again(self, form: Form) -> None:
        from tui.ui.attach.screen import AttachScreen

        self._app.push_screen(AttachScreen(self._session, self, form, first=AttachScreen.REVIEW))

    def open_spec(self, workspace: Workspace, path: str) -> None:
        """Open a spec file."""
        from tui.ui.screens.spec import SpecScreen

        self._app.push_screen(SpecScreen(self._session, self, workspace, path))

    def open_spec_instead(self, screen: BaseScreen, form: Form, step: int) -> None:
        """Ask for a spec file in place of the attach wizard, to which `esc` returns."""
        from tui.ui.attach.screen import AttachScreen
        from tui.ui.screens.spec import SpecScreen

        def back(spec: BaseScreen) -> None:
            self._replace(spec, AttachScreen(self._session, self, form, step))

        self._replace(screen, SpecScreen(self._session, self, form.workspace, back=back))

    def _replace(self, screen: BaseScreen, other: BaseScreen) -> None:
        if screen.is_active:
            self._app.switch_screen(other)

    async def act(
        self,
        screen: BaseScreen,
        action: str,
        workspace: Workspace,
        computes: Sequence[Compute],
        *,
        gone: Collection[ResourceId] = (),
        remark: str = "",
        about: Collection[str] = (),
    ) -> None:
        """Open the form or question of an action, or say why it does not apply."""
        if screen.refused(action):
            return
        if action == "detach":
            await self._detach(screen, computes, gone=gone, remark=remark)
            return
        form = self._form(action, workspace, computes, about)
        if form is not None:
            form.remark = remark
            self._app.push_screen(form)

    def _form(
        self, action: str, workspace: Workspace, computes: Sequence[Compute], about: Collection[str]
    ) -> BaseScreen | None:
        """The form of an action; None if the compute has no Spark pool."""
        match action:
            case "identity":
                from tui.ui.screens.identity import IdentityScreen

                return IdentityScreen(self._session, self, workspace, computes)
            case "roles":
                from tui.ui.screens.roles import RolesScreen

                (compute,) = computes
                pool = compute.attached_to
                return RolesScreen(self._session, self, workspace, compute, pool, about) if pool is not None else None
            case "edit":
                from tui.ui.screens.tags import TagsScreen

                return TagsScreen(self._session, self, workspace, computes)
            case _:
                from tui.ui.screens.export import ExportScreen

                return ExportScreen(self._session, self, workspace, computes)

    async def _detach(
        self,
        screen: BaseScreen,
        computes: Sequence[Compute],
        *,
        gone: Collection[ResourceId] = (),
        remark: str = "",
        before: Detachment | None = None,
    ) -> None:
        """Ask whether to detach; on yes, start."""
        from tui.ui.screens.detach import DetachScreen

        dialog = DetachScreen(self._session, self, computes, gone, remark, before)

        def decided(yes: bool | None) -> None:
            if yes:
                self.unlock(screen, dialog.plan, detach)

        def detach(named: tuple[ResourceId, ...]) -> None:
            _, problem = self._start(dialog.plan, named)
            if problem is not None:
                self.error(problem)

        await self._app.push_screen(dialog, decided)

    def grant(
        self,
        workspace: Workspace,
        compute: Compute,
        pool: ResourceId,
        synapse: SynapseWorkspace,
        assessor: Assessor,
        assignments: Sequence[RoleAssignment],
    ) -> None:
        """Ask for the scope, role and principal of a grant."""
        from tui.ui.screens.grant import GrantScreen

        self._app.push_screen(
            GrantScreen(self._session, self, workspace, compute, pool, synapse, assessor, assignments)
        )

    # Plans and operations

    def plan(self, plan: Plan, *, leave_caller: bool = False, uses: Uses | None = None, remark: str = "") -> None:
        """Show a plan."""
        from tui.ui.screens.plan import PlanScreen

        screen = PlanScreen(self._session, self, plan, leave_caller=leave_caller, uses=uses)
        screen.remark = remark
        self._app.push_screen(screen)

    def plan_instead(self, screen: BaseScreen, plan: Plan) -> None:
        """Show a plan in place of a screen, if that is in front."""
        from tui.ui.screens.plan import PlanScreen

        self._replace(screen, PlanScreen(self._session, self, plan))

    def apply(
        self,
        screen: BaseScreen,
        plan: Plan,
        *,
        leave_caller: bool = False,
        began: Callable[[], None] = lambda: None,
    ) -> None:
        """Apply a plan once locked names were typed, and show its operations in place of the screen."""

        def start(named: tuple[ResourceId, ...]) -> None:
            operations, problem = self._start(plan, named)
            if operations:
                began()
                caller = self._below(screen) if leave_caller else None
                follow = partial(self._follow, screen, caller, operations[0])
                if screen.is_active:
                    follow()
                else:
                    # Something covers the screen by now, so the operations are shown when that closes.
                    screen.show_when_back(follow)
            if problem is not None:
                self.error(problem)

        self.unlock(screen, plan, start)

    def _start(self, plan: Plan, named: Collection[ResourceId]) -> tuple[tuple[Operation, ...], Problem | None]:
        """Start a plan; returns its operations, and why others did not begin."""
        try:
            outcomes = self._session.operations.apply(plan, named)
        except Problem as problem:
            return (), problem
        problems = [outcome for outcome in outcomes if isinstance(outcome, Problem)]
        operations = tuple(outcome for outcome in outcomes if isinstance(outcome, Operation))
        return operations, _combined(problems) if problems else None

    def _follow(self, screen: BaseScreen, caller: Screen[Any] | None, operation: Operation) -> None:
        """Show an operation in place of the screen in front, and of its caller."""
        from tui.ui.screens.operations import OperationsScreen

        front: Screen[Any] = screen
        if caller is not None and caller is self._below(screen) and self._below(caller) is not None:
            self._app.pop_screen()
            front = caller
        if isinstance(self._below(front), OperationsScreen):
            # A retry from the operations screen is followed there, not on a second one above it.
            self._app.pop_screen()
        self._app.switch_screen(OperationsScreen(self._session, self, operation.id))

    def _below(self, screen: Screen[Any]) -> Screen[Any] | None:
        """The screen below another one, if any."""
        lower: Screen[Any] | None = None
        for upper in self._app.screen_stack:
            if upper is screen:
                return lower
            lower = upper
        return None

    async def correct(self, screen: BaseScreen, operation: Operation) -> None:
        """Open the form or plan of a failed operation."""
        from tui.domain.attachment import Attachment
        from tui.domain.azure_grants import AzureGrants
        from tui.domain.compute import Compute
        from tui.domain.edit import ComputeEdit
        from tui.domain.identity_creation import IdentityCreation
        from tui.domain.identity_form import IdentityInput
        from tui.domain.plan import Detachment, Plan
        from tui.domain.pool_change import PoolChange
        from tui.domain.pool_creation import PoolCreation
        from tui.domain.role_change import RoleChange

        if screen.shows_result("correct"):
            return
        failed = operation.end if isinstance(operation.end, Failed) else None
        found, rest = (failed.found, failed.rest) if failed is not None else (None, None)
        match rest or operation.request:
            case Attachment() as attachment:
                from tui.ui.attach.form import Form

                self._attach_again(Form.of(attachment))
            case ComputeEdit() as edit if isinstance(found, Compute):
                from tui.ui.screens.conflict import ConflictScreen

                self._app.push_screen(ConflictScreen(self._session, self, edit, found))
            case RoleChange(grants=(grant,), removals=(), compute=ResourceId() as target) as change if (
                grant.principal.is_typed
            ):
                screen.say_until_key((f"Reading {target.name} …", "$dim"))
                screen.reads.start("correct", self._read_and_correct, screen, change, target, grant)
            case ComputeEdit() | RoleChange() | AzureGrants() as request:
                self.plan(Plan.of([request]))
            case PoolChange() | PoolCreation() as request:
                self.pools.correct(request, found)
            case IdentityCreation() as creation:
                self._identity_form(IdentityInput.of(creation))
            case Detachment(compute=compute, gone=gone) as detachment:
                await self._detach(screen, [compute], gone=gone, before=detachment)

    def new_identity(self, subscription: str, workspace: Workspace) -> None:
        """Open the form for a new managed identity, by default beside its workspace."""
        from tui.domain.identity_form import IdentityInput

        is_beside = subscription.lower() == workspace.id.subscription.lower()
        group = workspace.id.resource_group if is_beside else ""
        self._identity_form(IdentityInput(subscription, group, workspace.location))

    def _identity_form(self, known: IdentityInput) -> None:
        from tui.ui.screens.identity_form import IdentityFormScreen

        self._app.push_screen(IdentityFormScreen(self._session, self, known))

    async def _read_and_correct(self, screen: BaseScreen, change: RoleChange, target: ResourceId, grant: Grant) -> None:
        """Open the form of a grant with its answers, or its plan if the compute cannot be read."""
        from tui.domain.plan import Plan
        from tui.operations.readiness import Assessor
        from tui.ui.screens.grant import GrantScreen

        def wait(request_wait: RequestWait) -> None:
            screen.say_until_key((f"Reading {target.name}: waiting, {request_wait.text}", "$dim"))

        show: Callable[[], object] = partial(self.plan, Plan.of([change]))
        with suppress(Problem):
            compute = await self._session.operations.call(lambda azure: azure.compute(target), wait, fresh=True)
            if compute.attached_to is not None:
                workspace = Workspace(target.parent)
                form = GrantScreen(
                    self._session,
                    self,
                    workspace,
                    compute,
                    compute.attached_to,
                    change.synapse,
                    Assessor(workspace, None),
                    again=grant,
                )
                show = partial(self._app.push_screen, form)
        screen.restore_message()
        screen.show_result("correct", f"the grant to {grant.principal.name}", show)


def _combined(problems: Sequence[Problem]) -> Problem:
    if len(problems) == 1:
        return problems[0]
    return Problem(
        ProblemKind.REFUSED,
        f"{len(problems)} writes did not begin.",
        cause="\n".join(problem.title for problem in problems),
        advice=f"The others have begun: {key_name('app.operations')} shows them.",
    )
