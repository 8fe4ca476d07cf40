"""The screens of the snapshots and the README: how to reach each one in the sandbox."""

from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from textual.pilot import Pilot
from textual.widgets import Static

from tests.support.screen import gone, happened, on_row, paste, says, screen_text, set_tag, shown
from tests.support.stage import Stage, change, pool_of, workspace_of
from tui.domain.attachment import Attachment
from tui.domain.errors import RequestIds
from tui.domain.guard import Guard
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.operation import Operation, Progress, Started, Verb
from tui.domain.resource_id import ResourceId
from tui.domain.sign_in import DeviceCode
from tui.domain.workspaces import Workspace
from tui.operations.journal import Journal
from tui.sandbox.faults import Forbidden, Outcome, Rule
from tui.ui.screens.computes import ComputesScreen
from tui.ui.screens.detail import DetailScreen
from tui.ui.screens.device_code import DeviceCodeScreen

_REQUESTS_BEFORE_SENDING = 27
_ADHOC = r"/computes/adhoc$"


Scene = Callable[[Stage, Pilot[None]], Awaitable[None]]


async def computes(stage: Stage, pilot: Pilot[None]) -> None:
    # The last row is not waited for: in a small terminal it is out of sight when the journal adds a line.
    await shown(pilot, stage, "computes", "as of")
    await happened(pilot, lambda: is_judged(stage))


def is_judged(stage: Stage) -> bool:
    """Whether every attached pool without an operation has its readiness, so that all reads are done."""
    screen = stage.app.screen
    assert isinstance(screen, ComputesScreen)
    rows = [row for row in screen.table.items if row.compute.is_spark_pool and row.operation is None]
    return all(row.readiness is not None for row in rows)


async def filtered(stage: Stage, pilot: Pilot[None]) -> None:
    await computes(stage, pilot)
    await pilot.press("slash", "e", "t", "l")
    await shown(pilot, stage, "3 shown")


async def forbidden(stage: Stage, pilot: Pilot[None]) -> None:
    await computes(stage, pilot)
    stage.box.faults.add(Rule(Forbidden(), "GET", "/computes$", times=None))
    await pilot.press("ctrl+r")
    await shown(pilot, stage, "ctrl+r tries again")


async def detail(stage: Stage, pilot: Pilot[None]) -> None:
    await computes(stage, pilot)
    await pilot.press("down", "down", "enter")
    await _detailed(stage, pilot, "etl-prod")


async def _detailed(stage: Stage, pilot: Pilot[None], name: str) -> None:
    """Wait until a compute's page is complete, including its readiness, on which keys depend."""
    await shown(pilot, stage, f"{name} ·", "as of")
    screen = stage.app.screen
    assert isinstance(screen, DetailScreen)
    await happened(pilot, lambda: "not been checked yet" not in (screen.reason_against("fix") or ""))
    await shown(pilot, stage, name)


async def detail_failed(stage: Stage, pilot: Pilot[None]) -> None:
    await computes(stage, pilot)
    await pilot.press("end", *["up"] * 8, "enter")
    await _detailed(stage, pilot, "scoring")


async def detail_hostile(stage: Stage, pilot: Pilot[None]) -> None:
    await computes(stage, pilot)
    await pilot.press(*["down"] * 4, "enter")
    await _detailed(stage, pilot, "markup-lab")


async def roles(stage: Stage, pilot: Pilot[None], name: str = "churn") -> None:
    """Show the roles on the pool of a compute."""
    await computes(stage, pilot)
    await on_row(stage, pilot, name)
    await pilot.press("r")
    await shown(pilot, stage, "roles on ", "a grant")
    await happened(pilot, lambda: "reading" not in screen_text(stage.app).lower())


async def grant(stage: Stage, pilot: Pilot[None]) -> None:
    """Show the last question of a grant: who gets the role."""
    await roles(stage, pilot)
    await pilot.press("a")
    await shown(pilot, stage, "Scope of the role?", "6 scopes")
    await pilot.press("enter")
    await shown(pilot, stage, "Which role?")
    await pilot.press("enter")
    await shown(pilot, stage, "Who gets the role?", "23 principals")


async def readiness(stage: Stage, pilot: Pilot[None], name: str = "churn") -> None:
    """Show the readiness page of a compute."""
    await computes(stage, pilot)
    await on_row(stage, pilot, name)
    await pilot.press("enter")
    await shown(pilot, stage, "as of")
    await pilot.press("2")
    await shown(pilot, stage, "[Readiness]")
    await gone(pilot, stage, "Checking …")


async def detail_yaml(stage: Stage, pilot: Pilot[None]) -> None:
    await detail(stage, pilot)
    await pilot.press("y")
    await shown(pilot, stage, "type: synapsespark")


async def confirm(stage: Stage, pilot: Pilot[None]) -> None:
    await computes(stage, pilot)
    await pilot.press("down", "down", "ctrl+d")
    await shown(pilot, stage, "Detach etl-prod?")


async def help_keys(stage: Stage, pilot: Pilot[None]) -> None:
    await computes(stage, pilot)
    await pilot.press("question_mark")
    await shown(pilot, stage, "Keys that work here")


async def palette(stage: Stage, pilot: Pilot[None]) -> None:
    await computes(stage, pilot)
    await pilot.press("colon")
    await shown(pilot, stage, "Attach a Spark pool to this workspace")
    # The palette shows its commands in batches and may look busy between them.
    await happened(pilot, lambda: all(work.is_finished for work in stage.app.workers if work.node is stage.app.screen))


async def picker(stage: Stage, pilot: Pilot[None]) -> None:
    await shown(pilot, stage, "5 subscriptions")


async def attach_pool(stage: Stage, pilot: Pilot[None]) -> None:
    await computes(stage, pilot)
    await pilot.press("a")
    await shown(pilot, stage, "5 subscriptions")
    await pilot.press("enter")
    await shown(pilot, stage, "3 Synapse workspaces")
    await pilot.press(*"syn-p")
    await shown(pilot, stage, "1 of 3")
    await pilot.press("enter")
    await shown(pilot, stage, "5 Spark pools", "as scorin")


async def attach_name(stage: Stage, pilot: Pilot[None]) -> None:
    await attach_pool(stage, pilot)
    await pilot.press("enter")
    await shown(pilot, stage, "Name for the compute.")
    await pilot.press("ctrl+u", *"adhoc")
    await shown(pilot, stage, "Valid and available")


async def attach_identity(stage: Stage, pilot: Pilot[None]) -> None:
    await attach_name(stage, pilot)
    await pilot.press("enter")
    await shown(pilot, stage, "Which managed identity")
    await pilot.press("down", "enter")
    await shown(pilot, stage, "12 user-assigned identities")
    await pilot.press(*"id-e")
    await shown(pilot, stage, "4 of 12")
    await pilot.press("enter", "down", "enter")
    await shown(pilot, stage, "2 id-etl-read")


async def attach_access(stage: Stage, pilot: Pilot[None]) -> None:
    await attach_identity(stage, pilot)
    await pilot.press("tab")
    await says(pilot, stage, "● no lock", "you may attach", "pool is ready", "you may grant")


async def attach_review(stage: Stage, pilot: Pilot[None]) -> None:
    await attach_access(stage, pilot)
    await pilot.press("enter")
    await shown(pilot, stage, "Nothing has been sent yet")
    # Request ids are counted, so all reads ahead must have been sent before the write.
    await happened(pilot, lambda: len(stage.box.log) >= _REQUESTS_BEFORE_SENDING)


async def pasted_review(stage: Stage, pilot: Pilot[None], pool: str = "adhocpool", name: str = "adhoc") -> None:
    """The short way to a plan: a pasted pool id, a name, and the proposed identity."""
    await computes(stage, pilot)
    await pilot.press("a")
    await shown(pilot, stage, "5 subscriptions")
    await paste(pilot, pool_of(stage, pool))
    await pilot.press("enter")
    await shown(pilot, stage, "Name for the compute.")
    await pilot.press("ctrl+u")
    await paste(pilot, name)
    await pilot.press("enter")
    await shown(pilot, stage, "Which managed identity")
    await pilot.press("tab")
    await shown(pilot, stage, "Which role should")
    await pilot.press("enter")
    await shown(pilot, stage, "Nothing has been sent yet")


async def operations(stage: Stage, pilot: Pilot[None]) -> None:
    await attach_review(stage, pilot)
    stage.clock.hold()
    stage.clock.step(2)
    await pilot.press("enter")
    await shown(pilot, stage, "InProgress · 00:05", "next poll 4 s")


async def running(stage: Stage, pilot: Pilot[None]) -> None:
    await operations(stage, pilot)
    await pilot.press("escape")
    await shown(pilot, stage, "◌ attach 00:")


async def failed(stage: Stage, pilot: Pilot[None]) -> None:
    message = "The Spark pool is in another tenant than the workspace."
    stage.box.faults.add(Rule(Outcome("Failed", "PoolNotAllowed", message), "PUT", _ADHOC))
    await attach_review(stage, pilot)
    await pilot.press("enter")
    await shown(pilot, stage, "e opens the form as it was")


async def identity(stage: Stage, pilot: Pilot[None], name: str = "etl-prod") -> None:
    """Show the identity editor of a compute."""
    await computes(stage, pilot)
    await on_row(stage, pilot, name)
    await pilot.press("i")
    await shown(pilot, stage, "Which managed identity should", "NOW")


async def identity_users(stage: Stage, pilot: Pilot[None]) -> None:
    await identity(stage, pilot)
    await pilot.press("down")
    await says(pilot, stage, "the system-assigned principal loses Synapse Administrator")
    await pilot.press("enter")
    await shown(pilot, stage, "12 user-assigned identities")
    await paste(pilot, "id-etl")
    await shown(pilot, stage, "2 of 12")
    await pilot.press("enter", "down", "enter")
    follows = stage.app.screen.query_one("#follows-text", Static)
    await happened(pilot, lambda: "id-etl-read is granted" in " ".join(str(follows.content).split()))
    await says(pilot, stage, "2 id-etl-read")


async def identity_gone(stage: Stage, pilot: Pilot[None]) -> None:
    await identity(stage, pilot, "lost-identity")
    await pilot.press("enter")
    await says(pilot, stage, "id-deleted is no longer in rg-ml; Azure refuses it.", "13 user-assigned identities")


async def plan(stage: Stage, pilot: Pilot[None]) -> None:
    await identity_users(stage, pilot)
    await pilot.press("tab")
    await says(pilot, stage, "Nothing has been sent yet. enter updates etl-prod", "Plan: 4 set, 1 changed, 1 removed")


async def conflict(stage: Stage, pilot: Pilot[None]) -> None:
    """Show both changes of a compute that someone else has changed first."""
    await plan(stage, pilot)
    change(stage, "etl-prod", lambda compute: compute["tags"].update(team="theirs"))
    await pilot.press("enter")
    await says(pilot, stage, "Someone else has changed etl-prod since you opened it.")
    await pilot.press("e")
    await says(pilot, stage, "Someone else has changed etl-prod. Nothing was sent; you decide.", "Changed by you")


async def tags(stage: Stage, pilot: Pilot[None]) -> None:
    """Show the form for tags and description, with one tag added and one removed."""
    await computes(stage, pilot)
    await on_row(stage, pilot, "etl-prod")
    await pilot.press("e")
    await shown(pilot, stage, "Tags and description of etl-prod", "Nightly ETL of the sales lake", "team")
    await pilot.press("enter")
    await set_tag(pilot, "owner", "ana")
    await shown(pilot, stage, "owner")
    await pilot.press("tab", "tab", "down", "d")
    await shown(pilot, stage, "removed")


async def pool(stage: Stage, pilot: Pilot[None], name: str = "churn") -> None:
    """Show the Spark pool of a compute."""
    await computes(stage, pilot)
    await on_row(stage, pilot, name)
    await pilot.press("p")
    await shown(pilot, stage, "· Spark pool in", "as of", "Spark version")


async def pool_network(stage: Stage, pilot: Pilot[None], workspace: str = "syn-private") -> None:
    """Show the network of a Synapse workspace of the other subscription, whose only Spark pool no compute attaches."""
    await computes(stage, pilot)
    await pilot.press("a")
    await shown(pilot, stage, "5 subscriptions")
    await paste(pilot, "contoso dev")
    await shown(pilot, stage, "1 of 5")
    await pilot.press("enter")
    await shown(pilot, stage, "3 Synapse workspaces")
    await paste(pilot, workspace)
    await shown(pilot, stage, "1 of 3")
    await pilot.press("enter")
    await shown(pilot, stage, "1 Spark pool")
    await pilot.press("ctrl+g")
    await shown(pilot, stage, "· Spark pool in", "as of")
    await pilot.press("n")
    await says(pilot, stage, f"The network of {workspace}", "Read at")


async def pool_attached(stage: Stage, pilot: Pilot[None]) -> None:
    await pool(stage, pilot)
    await pilot.press("right")
    await says(pilot, stage, "Other workspaces were not read.")


async def pool_json(stage: Stage, pilot: Pilot[None]) -> None:
    await pool(stage, pilot)
    await pilot.press("y")
    await shown(pilot, stage, "[JSON]", '"sparkVersion"')


async def pool_form(stage: Stage, pilot: Pilot[None], name: str = "churn") -> None:
    """Show the form that changes a Spark pool, once all of it is read."""
    await pool(stage, pilot, name)
    await pilot.press("e")
    await says(pilot, stage, "goes to the next field", "Other workspaces were not read.")


async def pool_typed(stage: Stage, pilot: Pilot[None]) -> None:
    """Show the form with a new version, autoscale, auto-pause and two tags."""
    await pool_form(stage, pilot)
    for text in ("3.5", "3-10", "15", 'team=data "note=two words"'):
        await paste(pilot, text)
        await pilot.press("down")
    await shown(pilot, stage, "now 5", "now off", "note=two")


async def pool_plan(stage: Stage, pilot: Pilot[None]) -> None:
    await pool_typed(stage, pilot)
    await pilot.press("ctrl+s")
    await says(pilot, stage, "Nothing has been sent yet", "changes the Spark pool", "~ properties.sparkVersion")


async def attach_nowhere(stage: Stage, pilot: Pilot[None]) -> None:
    """Show the Synapse workspace without Spark pools in the attach wizard."""
    await computes(stage, pilot)
    await pilot.press("a")
    await shown(pilot, stage, "5 subscriptions")
    await pilot.press("enter")
    await shown(pilot, stage, "3 Synapse workspaces")
    await pilot.press(*"syn-e")
    await shown(pilot, stage, "1 of 3")
    await pilot.press("enter")
    await says(pilot, stage, "No Spark pools in syn-empty", "creates one.")


async def new_pool(stage: Stage, pilot: Pilot[None]) -> None:
    """Show the form for a new Spark pool, with a name and a tag."""
    await attach_nowhere(stage, pilot)
    await pilot.press("ctrl+n")
    await says(pilot, stage, "A new Spark pool in syn-empty")
    await paste(pilot, "adhoc2")
    await pilot.press("up", *["down"] * 5)
    await paste(pilot, "team=data")
    await shown(pilot, stage, "adhoc2", "team=data")


async def new_pool_plan(stage: Stage, pilot: Pilot[None]) -> None:
    await new_pool(stage, pilot)
    await pilot.press("enter")
    await says(pilot, stage, "Nothing has been sent yet", "creates the Spark pool adhoc2", "+ properties.autoScale")


async def identity_picker(stage: Stage, pilot: Pilot[None], name: str = "etl-prod") -> None:
    """Show the user-assigned identities in the identity editor of a compute."""
    await computes(stage, pilot)
    await on_row(stage, pilot, name)
    await pilot.press("i")
    await shown(pilot, stage, "Which managed identity should")
    await pilot.press("home", "down", "down", "enter")
    await says(pilot, stage, "12 user-assigned identities", "ctrl+n creates one")


async def new_identity(stage: Stage, pilot: Pilot[None]) -> None:
    """Show the form for a new identity, with a name and a tag."""
    await identity_picker(stage, pilot)
    await pilot.press("ctrl+n")
    await says(pilot, stage, "A new managed identity in Contoso Prod.", "Resource groups with identities: rg-data")
    await paste(pilot, "id-etl-new")
    await pilot.press(*["down"] * 3)
    await paste(pilot, "team=data")
    await shown(pilot, stage, "id-etl-new", "team=data")


async def new_identity_plan(stage: Stage, pilot: Pilot[None]) -> None:
    await new_identity(stage, pilot)
    await pilot.press("enter")
    await says(pilot, stage, "Nothing has been sent yet", "creates the identity id-etl-new", "+ tags.team")


async def marked(stage: Stage, pilot: Pilot[None]) -> None:
    await computes(stage, pilot)
    await pilot.press("space", "down", "space")
    await shown(pilot, stage, "2 marked")


async def marked_plan(stage: Stage, pilot: Pilot[None]) -> None:
    await marked(stage, pilot)
    await pilot.press("i")
    await shown(pilot, stage, "2 Spark pools have?")
    await pilot.press("up", "up", "enter")
    await says(pilot, stage, "enter updates 2 Spark pools", "Plan: 2 to update.")


async def export(stage: Stage, pilot: Pilot[None]) -> None:
    await computes(stage, pilot)
    await on_row(stage, pilot, "etl-prod")
    await pilot.press("x", "left")
    await shown(pilot, stage, "azurerm_machine_learning_synapse_spark")


async def spec(stage: Stage, pilot: Pilot[None]) -> None:
    """Show all errors of a spec file."""
    await computes(stage, pilot)
    await pilot.press("a")
    await shown(pilot, stage, "5 subscriptions")
    await pilot.press("ctrl+o")
    await shown(pilot, stage, "Which file?")
    await paste(pilot, "tests/specs/mistakes.yml")
    await pilot.press("enter")
    await shown(pilot, stage, "tests/specs/mistakes.yml has 5 errors.")


async def read_only(stage: Stage, pilot: Pilot[None]) -> None:
    """Press a key that writes in a read-only run."""
    await computes(stage, pilot)
    await pilot.press("e")
    await says(pilot, stage, "sparkpool is read-only here")


async def unlock(stage: Stage, pilot: Pilot[None]) -> None:
    """Type a wrong name for a locked workspace."""
    await computes(stage, pilot)
    await pilot.press("ctrl+d", "y")
    await shown(pilot, stage, "is locked")
    await pilot.press(*"aml", "enter")
    await shown(pilot, stage, "not its name")


GUARDS = {"read-only": Guard("flag --read-only"), "unlock": Guard(locked=("aml-prod*",))}
"""The locks of some scenes."""


async def sign_in(stage: Stage, pilot: Pilot[None]) -> None:
    await computes(stage, pilot)
    await pilot.press("L")
    await shown(pilot, stage, "The sandbox signs you in")


async def device_code(stage: Stage, pilot: Pilot[None]) -> None:
    """Show the dialog of a device code, which the built-in sandbox does not need."""
    await computes(stage, pilot)
    until = stage.clock.now() + timedelta(minutes=14, seconds=59)
    code = DeviceCode("https://microsoft.com/devicelogin", "GQ4XKP2TM", until)
    stage.app.push_screen(DeviceCodeScreen(stage.operations, code))
    await shown(pilot, stage, "Sign in with a code", "14:59 left")


async def left(stage: Stage, pilot: Pilot[None]) -> None:
    """Show an operation interrupted in another program, and the keys that resume it."""
    await computes(stage, pilot)
    await shown(pilot, stage, "attach was interrupted")
    await pilot.press("o")
    await shown(pilot, stage, "u resumes it", "Creating")


SCENES: dict[str, tuple[Scene, bool]] = {
    "computes": (computes, False),
    "filter": (filtered, False),
    "forbidden": (forbidden, False),
    "detail": (detail, False),
    "detail-failed": (detail_failed, False),
    "detail-hostile": (detail_hostile, False),
    "detail-yaml": (detail_yaml, False),
    "readiness": (readiness, False),
    "roles": (roles, False),
    "grant": (grant, False),
    "confirm": (confirm, False),
    "help": (help_keys, False),
    "palette": (palette, False),
    "picker": (picker, True),
    "attach-pool": (attach_pool, False),
    "attach-name": (attach_name, False),
    "attach-identity": (attach_identity, False),
    "attach-access": (attach_access, False),
    "attach-review": (attach_review, False),
    "operations": (operations, False),
    "running": (running, False),
    "failed": (failed, False),
    "left": (left, False),
    "identity": (identity_users, False),
    "identity-gone": (identity_gone, False),
    "plan": (plan, False),
    "conflict": (conflict, False),
    "tags": (tags, False),
    "pool": (pool, False),
    "pool-attached": (pool_attached, False),
    "pool-network": (pool_network, False),
    "pool-json": (pool_json, False),
    "pool-form": (pool_typed, False),
    "pool-plan": (pool_plan, False),
    "new-pool": (new_pool, False),
    "new-pool-plan": (new_pool_plan, False),
    "new-identity": (new_identity, False),
    "new-identity-plan": (new_identity_plan, False),
    "attach-nowhere": (attach_nowhere, False),
    "marked": (marked, False),
    "marked-plan": (marked_plan, False),
    "export": (export, False),
    "spec": (spec, False),
    "read-only": (read_only, False),
    "unlock": (unlock, False),
    "sign-in": (sign_in, False),
    "device-code": (device_code, False),
}


def staged(name: str, folder: Path) -> Stage:
    """The app, ready to play a scene.

    Args:
        name: The scene.
        folder: An empty folder for its state, if the scene needs one.
    """
    if name != "left":
        return Stage(SCENES[name][1], guard=GUARDS.get(name, Guard()))
    leave_an_attach(folder)
    return Stage(journal=partial(Journal, folder))


def leave_an_attach(folder: Path) -> None:
    """Record the attach of a program that died after Azure had accepted it."""
    stage = Stage()
    attachment = Attachment(
        Workspace(workspace_of(stage), "eastus2"),
        "adhoc",
        ResourceId.parse(pool_of(stage, "adhocpool")),
        IdentityChoice(IdentityKind.SYSTEM),
    )
    now, ids = stage.clock.now(), RequestIds(request=str(UUID(int=1)))
    operation = Operation(1, Verb.ATTACH, attachment.id, attachment)
    with closing(Journal(folder)) as journal:
        journal.begin(operation)
        for event in (
            Started(now, None, attachment.document()),
            Progress(now, "checking", "the pool and the name are read again before anything is sent"),
            Progress(now, "sending", "the only write of this operation"),
            Progress(now, "Creating", "accepted by Azure", token="a continuation token", ids=ids),
        ):
            operation = operation.with_event(event)
            journal.record(operation)
