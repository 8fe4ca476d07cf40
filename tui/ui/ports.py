"""What screens need from the program, so that no screen imports another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from tui.domain.compute import Compute
    from tui.domain.errors import Problem
    from tui.domain.operation import Operation
    from tui.domain.plan import Plan
    from tui.domain.resource_id import ResourceId
    from tui.domain.roles import RoleAssignment
    from tui.domain.sign_in import DeviceCode
    from tui.domain.uses import Uses
    from tui.domain.workspaces import SynapseWorkspace, Workspace
    from tui.manual import Page
    from tui.operations.readiness import Assessor
    from tui.ui.attach.form import Form
    from tui.ui.dialogs import Question
    from tui.ui.fix_flow import FixFlow
    from tui.ui.pool_flow import PoolFlow
    from tui.ui.screens.base import BaseScreen
    from tui.ui.stack import OwnScreen


class Flow(Protocol):
    """Which screen follows which.

    Methods act directly, not through messages: a message is handled one turn of the event loop later, and keys typed
    ahead would reach the old screen. A method opens its screen over the one in front, unless it says otherwise; a
    `screen` parameter is the caller.
    """

    @property
    def pools(self) -> PoolFlow:
        """Opens the screens of Spark pools."""

    @property
    def fixes(self) -> FixFlow:
        """Opens what fixes attached pools."""

    # Everywhere

    def new_identity(self, subscription: str, workspace: Workspace) -> None:
        """Open the form for a new managed identity.

        Args:
            subscription: The GUID of its subscription.
            workspace: The Azure ML workspace whose computes it is for.
        """

    def manual_page(self, page: Page) -> None:
        """Show a page of the manual."""

    # Computes

    def open_workspace(self, workspace: ResourceId) -> None:
        """Close all screens and show the computes of a workspace."""

    def open_compute(self, workspace: Workspace, compute: Compute, page: str = "overview") -> None:
        """Show a compute.

        Args:
            workspace: The workspace that holds it.
            compute: The compute as it was last read.
            page: The id of the page that is shown first.
        """

    def attach(self, workspace: Workspace, draft: Form | None) -> Form:
        """Open the attach wizard.

        Args:
            workspace: The workspace to attach to.
            draft: The answers of an earlier wizard; None to begin.

        Returns:
            The answers that the wizard fills in.
        """

    def open_spec(self, workspace: Workspace, path: str) -> None:
        """Open a spec file."""

    def open_spec_instead(self, screen: BaseScreen, form: Form, step: int) -> None:
        """Ask for a spec file in place of the attach wizard, to which `esc` returns.

        Args:
            screen: The wizard.
            form: Its answers.
            step: The number of the step that is open, from 0.
        """

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
        """Open the form or question of an action, or say why it does not apply.

        Args:
            screen: The screen in front.
            action: One of `changes.ACTIONS`.
            workspace: The workspace that holds the computes.
            computes: The computes.
            gone: The Spark pools and identities that are known to be gone.
            remark: What is easily overlooked about the computes, in one sentence; may be empty.
            about: The ids of the role assignments in question; empty for all.
        """

    def attach_again(self, workspace: Workspace, pool: ResourceId, name: str) -> None:
        """Show the plan of an attach with the same Spark pool and name."""

    # Plans and operations

    def plan(self, plan: Plan, *, leave_caller: bool = False, uses: Uses | None = None, remark: str = "") -> None:
        """Show a plan.

        Args:
            plan: The plan.
            leave_caller: Whether the screen below closes too when the plan is applied.
            uses: Which attached pools run as which principals; None if that was not read.
            remark: What the plan leaves out, in a sentence or two; may be empty.
        """

    def plan_instead(self, screen: BaseScreen, plan: Plan) -> None:
        """Show a plan in place of a screen, if that is in front."""

    def apply(
        self,
        screen: BaseScreen,
        plan: Plan,
        *,
        leave_caller: bool = False,
        began: Callable[[], None] = lambda: None,
    ) -> None:
        """Apply a plan once locked names were typed, and show its operations in place of the screen.

        If nothing begins, the screen stays with its input.

        Args:
            screen: The screen in front.
            plan: A plan that the user has confirmed.
            leave_caller: Whether the screen below closes too.
            began: Called if any operation began.
        """

    def unlock(self, screen: BaseScreen, plan: Plan, then: Callable[[tuple[ResourceId, ...]], object]) -> None:
        """Let the user type the name of each locked thing that a plan writes to, one after the other.

        Args:
            screen: The screen in front.
            plan: A plan that the user has confirmed.
            then: Called with the typed names, at once if nothing is locked; not called if the user goes back.
        """

    async def correct(self, screen: BaseScreen, operation: Operation) -> None:
        """Open the form or plan of a failed operation."""

    def grant(
        self,
        workspace: Workspace,
        compute: Compute,
        pool: ResourceId,
        synapse: SynapseWorkspace,
        assessor: Assessor,
        assignments: Sequence[RoleAssignment],
    ) -> None:
        """Ask for the scope, role and principal of a grant.

        Args:
            workspace: The Azure ML workspace.
            compute: The attached pool.
            pool: Its Spark pool's resource id.
            synapse: The pool's Synapse workspace.
            assessor: Knows the names of principals.
            assignments: The role assignments that reach the pool, as far as they were read.
        """

    # Dialogs

    def error(self, problem: Problem) -> None:
        """Show a problem."""

    def confirm(self, question: Question, answered: Callable[[bool | None], None]) -> None:
        """Ask before something that cannot be undone."""

    def ask(
        self,
        question: str,
        known: str,
        problem: Callable[[str], str],
        answered: Callable[[str | None], None],
    ) -> None:
        """Ask for a text.

        Args:
            question: The question, a sentence or two.
            known: The initial text of the field.
            problem: Says why a text is not a valid answer; empty if it is.
            answered: Called with the text, or with None if the user goes back.
        """

    def device_code(self, code: DeviceCode, closed: Callable[[bool | None], None]) -> OwnScreen[bool]:
        """Show a code to sign in with.

        Args:
            code: The code.
            closed: Called with True if the user gives up.

        Returns:
            The dialog, to close it when the sign-in ends.
        """

    # Sign-in

    def signed_in(self) -> None:
        """Let all screens read again, as another user or after a failed read."""
