"""The table of actions: where each works, its keys, and its words.

Bindings, key line, help, palette, the settings file's `[keys]`, the check of remapped keys and the tables of the manual
are generated from it. A new key is a row here and a method `action_NAME` of its screen or widget.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import groupby
from typing import Literal, NamedTuple

from tui.domain.mentions import Mention


class Action(NamedTuple):
    """What a key does.

    Attributes:
        id: What the settings file calls it.
        keys: Its default keys, separated by commas, as in the settings file; sentences name the first.
        where: The place, one of `PLACES`, whose class binds it.
        label: Its label in the key line.
        help: What it does, as a sentence without a full stop.
        runs: The method that it calls, without `action_` and with arguments; empty for the last part of the id.
        writes: Whether it leads to a write, so that a read-only run disables it.
        confirms: Whether it sends or gives up what is shown; it counts only once that can be read.
        leaves: Whether it only leads away, so that it works at any moment.
        hidden: Whether the key line omits it.
        priority: Whether it takes precedence over the focused widget's keys; the app's then also work in dialogs.
        display: The keys as the key line shows them; empty for the first one.
        group: The help line that it shares with other actions; empty for its own.
        mention: Its name in sentences from below the screens.
    """

    id: str
    keys: str
    where: str
    label: str
    help: str
    runs: str = ""
    writes: bool = False
    confirms: bool = False
    leaves: bool = False
    hidden: bool = False
    priority: bool = False
    display: str = ""
    group: str = ""
    mention: Mention | None = None

    @property
    def action(self) -> str:
        """The action in Textual's syntax."""
        return self.runs or self.id.rpartition(".")[2].replace("-", "_")


class Place(NamedTuple):
    """Where keys work: a screen, a dialog, or a part of one.

    Attributes:
        title: Its heading in the manual.
        kind: On a screen, the keys of the places `app` and `screen` work too, except those that it binds itself; in a
            dialog, only those of `app` with priority.
        parts: The places that it contains, whose keys work there too.
        first: The ids that come first in its key line.
        confirms: The ids of actions of its parts that confirm something there.
        typing: Whether its text field has the focus from the start, so that letters and editing keys go there.
        moves: Whether its keys only move the cursor or turn a page.
    """

    title: str
    kind: Literal["screen", "dialog", "part"]
    parts: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    confirms: tuple[str, ...] = ()
    typing: bool = False
    moves: bool = False


PLACES: Mapping[str, Place] = {
    "app": Place("Everywhere", "part"),
    "screen": Place("Every full screen", "part"),
    "attach": Place(
        "The attach wizard",
        "screen",
        parts=("chooser", "identity-picker", "pages"),
        first=("attach.accept", "attach.next", "pages.next", "attach.back", "attach.previous"),
        typing=True,
    ),
    "computes": Place(
        "The list of computes",
        "screen",
        parts=("filter", "table"),
        first=(
            *("computes.attach", "computes.fix", "computes.filter", "computes.identity", "computes.roles"),
            "computes.detach",
        ),
    ),
    "conflict": Place("Two changes of one compute", "screen", parts=("pages",)),
    "detail": Place(
        "A compute",
        "screen",
        parts=("pages",),
        first=("detail.fix", "detail.identity", "detail.roles", "detail.edit", "detail.detach", "pages.next"),
    ),
    "export": Place("Export", "screen", parts=("pages",)),
    "grant": Place("Granting a role", "screen", parts=("chooser",), typing=True),
    "identity": Place(
        "The identity of a compute",
        "screen",
        parts=("identity-picker",),
        first=("identity.review", "identity.roles", "identity.back", "identity.new", "identity.earlier"),
        typing=True,
    ),
    "identity-form": Place(
        "A new managed identity",
        "screen",
        parts=("field",),
        first=("identity-form.review", "identity-form.back"),
        typing=True,
    ),
    "manual": Place("The list of manual pages", "screen", parts=("chooser",), typing=True),
    "manual-page": Place("A page of the manual", "screen", parts=("pages",)),
    "operations": Place(
        "Operations",
        "screen",
        parts=("filter", "table"),
        first=(
            *("operations.correct", "operations.continue", "operations.view", "operations.events"),
            *("screen.back", "operations.stop-watching"),
        ),
    ),
    "picker": Place("Choosing a workspace", "screen", parts=("chooser",), typing=True),
    "plan": Place("A plan", "screen", parts=("pages",)),
    "pool": Place("A Spark pool", "screen", parts=("pages",), first=("pool.change", "pages.next")),
    "pool-form": Place(
        "The settings of a Spark pool",
        "screen",
        parts=("field",),
        first=("pool-form.review", "pool-form.back"),
        typing=True,
    ),
    "roles": Place("Synapse roles", "screen", parts=("table",)),
    "sign-in": Place("Sign-in", "screen", parts=("table",)),
    "spec": Place("A spec file", "screen", parts=("field",), typing=True),
    "tags": Place("Tags and description", "screen", parts=("field", "table"), typing=True),
    "confirm": Place("A question", "dialog"),
    "ask": Place("A question with a text field", "dialog", parts=("field",), typing=True),
    "detach": Place("The question before a detach", "dialog", parts=("confirm",)),
    "sign-in-code": Place("A device code", "dialog"),
    "error": Place("A message about a failure", "dialog"),
    "help": Place("Help", "dialog"),
    "unlock": Place(
        "The name of something locked", "dialog", parts=("field",), confirms=("field.submit",), typing=True
    ),
    "chooser": Place("Lists with a text field", "part", parts=("field", "table"), typing=True, moves=True),
    "field": Place("Text fields", "part", typing=True),
    "filter": Place("The filter of a list", "part", parts=("field",), typing=True),
    "identity-picker": Place("Choosing identities", "part", parts=("chooser",), typing=True),
    "pages": Place("Screens with several pages", "part", moves=True),
    "table": Place("Lists", "part", moves=True),
}

# fmt: off
_ROWS = (
    Action("app.operations", "o", "app", "Operations", "Show running and past operations", mention=Mention.OPERATIONS),
    Action("app.workspace", "w", "app", "Workspace", "Open another workspace", runs="switch_workspace"),
    Action("app.sign-in", "L", "app", "Sign-in",
           "Show who is signed in and until when; sign in with another method, or again", hidden=True),
    Action("app.sign-in-always", "ctrl+l", "app", "Sign-in",
           "Show who is signed in, also from a text field", runs="sign_in", hidden=True,
           priority=True, mention=Mention.SIGN_IN),
    Action("app.help", "?", "app", "Help", "Show the keys that work here"),
    Action("app.palette", ":", "app", "Palette", "Find a command by typing", runs="command_palette", hidden=True),
    Action("app.palette-always", "ctrl+p", "app", "Palette",
           "Find a command by typing", runs="command_palette", hidden=True, priority=True),
    Action("app.suspend", "ctrl+z", "app", "Suspend",
           "Go to the shell; fg comes back", runs="suspend_process", leaves=True, hidden=True),
    Action("app.quit", "q", "app", "Quit", "Quit sparkpool", runs="leave", leaves=True),
    Action("app.quit-always", "ctrl+q", "app", "Quit",
           "Quit sparkpool, also from a text field", runs="leave", leaves=True, hidden=True, priority=True),
    Action("app.how-to-leave", "ctrl+c", "app", "How to quit",
           "Show which key quits; in a text field, copy the selection", leaves=True, hidden=True,
           priority=True),

    Action("screen.back", "escape", "screen", "Back", "Go back to the previous screen", leaves=True),
    Action("screen.scroll-down", "ctrl+down,pagedown", "screen", "Scroll down",
           "Scroll down in a message that does not fit", runs="scroll_message(1)", hidden=True),
    Action("screen.scroll-up", "ctrl+up,pageup", "screen", "Scroll up",
           "Scroll up in a message that does not fit", runs="scroll_message(-1)", hidden=True),

    Action("attach.accept", "enter", "attach", "Choose",
           "Accept this answer and continue; on the last step, send", confirms=True),
    Action("attach.next", "tab", "attach", "Next step", "Go to the next step with the answer as it is", priority=True),
    Action("attach.previous", "shift+tab", "attach", "Step back", "Go to the previous step", priority=True),
    Action("attach.back", "escape", "attach", "Back", "Go back one choice; from the first, leave", leaves=True),
    Action("attach.spec", "ctrl+o", "attach", "Spec file",
           "Attach or update from an az ml spec file", runs="open_spec"),
    Action("attach.pool", "ctrl+g", "attach", "Pool",
           "Show all settings of the Spark pool under the cursor", runs="open_pool"),
    Action("attach.new", "ctrl+n", "attach", "New",
           "Create a Spark pool in the chosen Synapse workspace, or a managed identity", writes=True),
    Action("attach.refresh", "ctrl+r", "attach", "Refresh", "Read the shown list again"),
    Action("attach.copy", "ctrl+y", "attach", "Copy", "Copy the shown page or problem"),
    Action("attach.copy-page", "c", "attach", "Copy", "Copy the shown page", runs="copy", hidden=True),

    Action("computes.open", "enter", "computes", "Open", "Show every field of this compute, its JSON and YAML"),
    Action("computes.attach", "a", "computes", "Attach", "Attach a Spark pool to this workspace", writes=True),
    Action("computes.identity", "i", "computes", "Identity", "Change the managed identity", writes=True),
    Action("computes.roles", "r", "computes", "Roles",
           "Show the Synapse roles on its Spark pool", mention=Mention.ROLES),
    Action("computes.edit", "e", "computes", "Edit", "Change the tags and the description", writes=True),
    Action("computes.detach", "ctrl+d", "computes", "Detach", "Detach this Spark pool; the pool stays", writes=True),
    Action("computes.fix", "f", "computes", "Fix", "Fix the most serious problem", writes=True),
    Action("computes.pool", "p", "computes", "Pool", "Show its Spark pool", runs="open_pool"),
    Action("computes.message", "m", "computes", "Message",
           "Copy a message to those who can make it ready", hidden=True),
    Action("computes.mark", "space", "computes", "Mark",
           "Mark for a bulk change, export or detach"),
    Action("computes.filter", "/", "computes", "Filter",
           "Find rows by words, !word, column:value or tag:key=value", priority=True),
    Action("computes.problems", "!", "computes", "Problems",
           "Show problems only, or all computes again", runs="only_problems"),
    Action("computes.sort", "s", "computes", "Sort", "Sort by the next column; pools stay first"),
    Action("computes.reverse", "S", "computes", "Reverse", "Sort in the other direction", hidden=True),
    Action("computes.readiness", "R", "computes", "By readiness",
           "Sort by readiness, again to reverse it", runs="sort_by_readiness", hidden=True),
    Action("computes.yaml", "y", "computes", "YAML", "Show this compute as an az ml spec file", runs="show_yaml"),
    Action("computes.export", "x", "computes", "Export",
           "Export as az ml YAML, az commands, Python, REST, Bicep or Terraform"),
    Action("computes.refresh", "ctrl+r", "computes", "Refresh", "Read the list again"),
    Action("computes.copy", "c", "computes", "Copy", "Copy the resource id, or the problem", hidden=True),
    Action("computes.clear", "escape", "computes", "Clear", "Clear the filter, then the marks"),

    Action("conflict.mine", "enter", "conflict", "Mine on top",
           "Apply your change on top of theirs; the plan is shown first", confirms=True),
    Action("conflict.theirs", "t", "conflict", "Keep theirs", "Keep their change; nothing is sent", confirms=True),
    Action("conflict.copy", "c", "conflict", "Copy", "Copy both changes"),
    Action("conflict.back", "escape", "conflict", "Decide later", "Go back; nothing is sent", leaves=True),

    Action("detail.fix", "f", "detail", "Fix", "Fix the most serious problem", writes=True, mention=Mention.FIX),
    Action("detail.identity", "i", "detail", "Identity", "Change the managed identity", writes=True),
    Action("detail.roles", "r", "detail", "Roles",
           "Show the Synapse roles on its Spark pool", mention=Mention.ROLES_OF_IT),
    Action("detail.edit", "e", "detail", "Edit", "Change the tags and the description", writes=True),
    Action("detail.detach", "ctrl+d", "detail", "Detach", "Detach this Spark pool; the pool stays", writes=True),
    Action("detail.pool", "p", "detail", "Pool", "Show its Spark pool in Synapse", runs="open_pool",
           mention=Mention.POOL),
    Action("detail.network", "n", "detail", "Network",
           "Show the network of its Synapse workspace: firewall, private endpoints", runs="open_network", hidden=True,
           mention=Mention.NETWORK),
    Action("detail.export", "x", "detail", "Export",
           "Export as az ml YAML, az commands, Python, REST, Bicep or Terraform"),
    Action("detail.message", "m", "detail", "Message",
           "Copy a message to those who can make it ready", hidden=True, mention=Mention.MESSAGE),
    Action("detail.yaml", "y", "detail", "YAML/JSON", "Show the YAML, then the JSON", runs="turn_yaml"),
    Action("detail.copy", "c", "detail", "Copy", "Copy the shown page"),
    Action("detail.refresh", "ctrl+r", "detail", "Refresh", "Read this compute again"),

    Action("export.copy", "c,ctrl+y", "export", "Copy", "Copy the shown page", display="c"),
    Action("export.save", "s", "export", "Save", "Save the page in a new file in the current folder"),

    Action("grant.back", "escape", "grant", "Back", "Go back one choice; from the first, leave", leaves=True),

    Action("identity.accept", "enter", "identity", "Choose", "Choose the row under the cursor"),
    Action("identity.review", "tab", "identity", "Review", "Show the plan; nothing is sent yet", priority=True),
    Action("identity.roles", "ctrl+o", "identity", "Roles",
           "Choose whether roles on the pool move, old ones are removed too, or none change", runs="move_roles"),
    Action("identity.back", "escape", "identity", "Back", "Go back one choice; from the first, leave", leaves=True),
    Action("identity.new", "ctrl+n", "identity", "New identity", "Create a managed identity, and choose it",
           writes=True),
    Action("identity.more", "ctrl+g", "identity", "More",
           "Scroll the consequences down; after the end, start over"),
    Action("identity.refresh", "ctrl+r", "identity", "Refresh", "Read everything again"),
    Action("identity.copy", "ctrl+y", "identity", "Copy", "Copy the consequences, or the problem", hidden=True),

    Action("identity-form.review", "ctrl+s", "identity-form", "Review", "Show the plan; nothing is sent yet"),
    Action("identity-form.previous", "up", "identity-form", "Field above",
           "Go to the field above", runs="move(-1)", hidden=True),
    Action("identity-form.next", "down", "identity-form", "Field below",
           "Go to the field below", runs="move(1)", hidden=True),
    Action("identity-form.refresh", "ctrl+r", "identity-form", "Refresh", "Read the known names again", hidden=True),
    Action("identity-form.back", "escape", "identity-form", "Back", "Go back; nothing is sent", leaves=True),

    Action("manual.open", "enter", "manual", "Open", "Open the page", runs="choose"),

    Action("manual.copy", "c", "manual-page", "Copy", "Copy this page"),

    Action("operations.correct", "e", "operations", "Correct and retry",
           "Open the form or plan that failed, as it was"),
    Action("operations.continue", "u", "operations", "Resume",
           "Resume an interrupted operation; no write is sent twice", runs="resume", confirms=True,
           mention=Mention.RESUME),
    Action("operations.stop-watching", "x", "operations", "Stop watching",
           "Stop watching, or abandon an interrupted operation; Azure goes on either way", confirms=True,
           mention=Mention.ABANDON),
    Action("operations.open", "enter", "operations", "Open", "Open the compute, or the Spark pool, of this operation"),
    Action("operations.filter", "/", "operations", "Filter", "Show matching rows only"),
    Action("operations.view", "v", "operations", "Events",
           "Show the events of an operation with several steps, or its steps again", runs="other_view"),
    Action("operations.events", "tab", "operations", "Events",
           "Go to the steps or events, which the arrow and page keys scroll, and back to the list",
           runs="other_part", priority=True),
    Action("operations.bundle", "b", "operations", "Support bundle",
           "Save what support asks for in a file, without secrets", runs="save_bundle"),
    Action("operations.copy", "c", "operations", "Copy", "Copy the events, with Azure's ids"),

    Action("picker.choose", "enter", "picker", "Choose", "Choose the row under the cursor"),
    Action("picker.subscriptions", "ctrl+t", "picker", "Subscriptions",
           "Show the workspaces of another subscription"),
    Action("picker.refresh", "ctrl+r", "picker", "Refresh", "Read the list again"),
    Action("picker.copy", "ctrl+y", "picker", "Copy", "Copy the shown problem", hidden=True),

    Action("plan.apply", "enter", "plan", "Apply", "Apply the plan", writes=True, confirms=True),
    Action("plan.detach", "y", "plan", "Detach",
           "Detach the computes in the plan; the Spark pools stay", writes=True, confirms=True),
    Action("plan.back", "escape", "plan", "Back", "Go back; nothing is sent", leaves=True),
    Action("plan.copy", "c,ctrl+y", "plan", "Copy", "Copy the shown page", display="c"),

    Action("pool.change", "e", "pool", "Change",
           "Change its Spark version, nodes, auto-pause and tags", writes=True),
    Action("pool.network", "n", "pool", "Network",
           "Show the network of its Synapse workspace, then the overview", runs="turn_network"),
    Action("pool.json", "y", "pool", "JSON", "Show the JSON, then the overview", runs="turn_json"),
    Action("pool.copy", "c", "pool", "Copy", "Copy the shown page, or the problem"),
    Action("pool.refresh", "ctrl+r", "pool", "Refresh", "Read the Spark pool again, and what else its pages show"),

    Action("pool-form.review", "ctrl+s", "pool-form", "Review", "Show the plan; nothing is sent yet"),
    Action("pool-form.previous", "up", "pool-form", "Field above",
           "Go to the field above", runs="move(-1)", hidden=True),
    Action("pool-form.next", "down", "pool-form", "Field below",
           "Go to the field below", runs="move(1)", hidden=True),
    Action("pool-form.refresh", "ctrl+r", "pool-form", "Refresh", "Read everything again", hidden=True),
    Action("pool-form.copy", "ctrl+y", "pool-form", "Copy", "Copy the problem", hidden=True),
    Action("pool-form.back", "escape", "pool-form", "Back", "Go back; nothing is sent", leaves=True),

    Action("roles.grant", "a", "roles", "Grant", "Grant a role on this pool or its workspace", writes=True),
    Action("roles.remove", "ctrl+d", "roles", "Remove", "Remove the role under the cursor", writes=True),
    Action("roles.fix", "f", "roles", "Fix",
           "Grant Synapse Administrator to each identity that lacks its role", writes=True),
    Action("roles.message", "m", "roles", "Message", "Copy a message to someone who can grant what is missing"),
    Action("roles.refresh", "ctrl+r", "roles", "Refresh", "Read the roles again"),
    Action("roles.copy", "c", "roles", "Copy", "Copy the object id under the cursor, or the problem"),

    Action("sign-in.choose", "enter", "sign-in", "Sign in", "Sign in with the method under the cursor"),
    Action("sign-in.renew", "n", "sign-in", "New token",
           "Get a new token with the current method, as after activating a role or running az login",
           mention=Mention.RENEW),
    Action("sign-in.tenant", "t", "sign-in", "Tenant", "Enter the tenant to sign in to", mention=Mention.TENANT),
    Action("sign-in.copy", "c", "sign-in", "Copy", "Copy the command that helps, or who is signed in"),
    Action("sign-in.refresh", "ctrl+r", "sign-in", "Refresh", "Read the sign-in methods again"),

    Action("spec.read", "enter", "spec", "Read", "Read the file"),
    Action("spec.more", "pagedown", "spec", "More",
           "Scroll the errors down by a screenful", runs="scroll(1)", priority=True),
    Action("spec.less", "pageup", "spec", "Less",
           "Scroll the errors up by a screenful", runs="scroll(-1)", hidden=True, priority=True),
    Action("spec.down", "down", "spec", "Line down",
           "Scroll down by one line", runs="step(1)", hidden=True, priority=True),
    Action("spec.up", "up", "spec", "Line up",
           "Scroll up by one line", runs="step(-1)", hidden=True, priority=True),
    Action("spec.complete", "tab", "spec", "Complete", "Complete the file's name", priority=True),
    Action("spec.again", "ctrl+r", "spec", "Read again",
           "Read the file again after you have fixed it", runs="read"),
    Action("spec.copy", "ctrl+y", "spec", "Copy", "Copy the errors"),
    Action("spec.back", "escape", "spec", "Back", "Go back; nothing is sent", leaves=True),

    Action("tags.review", "ctrl+s", "tags", "Review", "Show the plan; nothing is sent yet"),
    Action("tags.change", "enter", "tags", "Change", "Change the tag under the cursor"),
    Action("tags.remove", "delete,d", "tags", "Remove",
           "Remove the tag under the cursor, or undo its change", display="d"),
    Action("tags.editor", "ctrl+e", "tags", "Editor", "Edit tags and description in your own editor", priority=True),
    Action("tags.refresh", "ctrl+r", "tags", "Refresh", "Read everything again", hidden=True),
    Action("tags.back", "escape", "tags", "Back", "Go back; nothing is sent", leaves=True),

    Action("confirm.yes", "y", "confirm", "Yes", "Do it", runs="answer(True)", confirms=True),
    Action("confirm.no", "n,escape", "confirm", "No", "Leave everything as it is", runs="answer(False)", leaves=True),

    Action("ask.close", "escape", "ask", "Back", "Leave everything as it is", leaves=True),

    Action("detach.plan", "p", "detach", "Plan", "Show the plan, also as az ml command, Python and REST"),
    Action("detach.roles", "r", "detach", "Its roles",
           "Also remove the roles of the system-assigned identities, or keep them"),
    Action("detach.shared-roles", "u", "detach", "Roles of user-assigned identities",
           "Also remove the roles of user-assigned identities that no other pool runs as, or keep them"),

    Action("device-code.give-up", "escape", "sign-in-code", "Give up", "End the sign-in", leaves=True),
    Action("device-code.code", "c", "sign-in-code", "Copy the code", "Copy the code", runs="copy_code"),
    Action("device-code.address", "a", "sign-in-code", "Copy the address",
           "Copy the page's address", runs="copy_address"),

    Action("error.close", "escape,enter", "error", "Close", "Close this message", leaves=True),
    Action("error.scroll-down", "ctrl+down,pagedown,down", "error", "Scroll down",
           "Scroll down in a message that does not fit", runs="scroll_message(1)", hidden=True),
    Action("error.scroll-up", "ctrl+up,pageup,up", "error", "Scroll up",
           "Scroll up in a message that does not fit", runs="scroll_message(-1)", hidden=True),
    Action("error.copy", "c", "error", "Copy", "Copy the whole message, with the ids that support asks for"),

    Action("help.close", "escape,?,q", "help", "Close", "Close this help", leaves=True),
    Action("help.manual", "m", "help", "Manual", "Open the manual", runs="app.manual"),

    Action("unlock.cancel", "escape", "unlock", "Cancel", "Leave everything as it is", runs="leave", leaves=True),

    Action("chooser.up", "up", "chooser", "Up", "Move to the row above", runs="move('cursor_up')", hidden=True),
    Action("chooser.down", "down", "chooser", "Down", "Move to the row below", runs="move('cursor_down')", hidden=True),
    Action("chooser.page-up", "pageup", "chooser", "Page up",
           "Move up by a screenful", runs="move('page_up')", hidden=True),
    Action("chooser.page-down", "pagedown", "chooser", "Page down",
           "Move down by a screenful", runs="move('page_down')", hidden=True),

    Action("field.submit", "enter", "field", "Choose", "Accept the typed text, or choose the row under the cursor"),

    Action("filter.to-list", "down", "filter", "To the list", "Go from the filter to the list", hidden=True),

    Action("identity.earlier", "ctrl+up,shift+up", "identity-picker", "Earlier",
           "Move the identity up in the order; jobs run as the first by default", runs="shift(-1)",
           display="shift+↑"),
    Action("identity.later", "ctrl+down,shift+down", "identity-picker", "Later",
           "Move the identity down in the order", runs="shift(1)", display="shift+↓"),
    Action("identity.subscription", "ctrl+t", "identity-picker", "Subscription",
           "Search the identities of another subscription"),

    Action("pages.next", "right,l", "pages", "Page", "Show the page to the right", runs="turn(1)", display="←→"),
    Action("pages.previous", "left,h", "pages", "Page back", "Show the page to the left", runs="turn(-1)", hidden=True),
    *(
        Action(f"pages.{number}", str(number), "pages", "Page", f"Show page {number}", runs=f"show({number})",
               hidden=True, group="Show the page with this number")
        for number in range(1, 10)
    ),

    Action("table.up", "up,k", "table", "Up", "Move to the row above", runs="cursor_up", hidden=True),
    Action("table.down", "down,j", "table", "Down", "Move to the row below", runs="cursor_down", hidden=True),
    Action("table.page-up", "pageup", "table", "Page up", "Move up by a screenful", hidden=True),
    Action("table.page-down", "pagedown", "table", "Page down", "Move down by a screenful", hidden=True),
    Action("table.first", "home,g", "table", "First", "Move to the first row", hidden=True),
    Action("table.last", "end,G", "table", "Last", "Move to the last row", hidden=True),
)
# fmt: on

ACTIONS: Mapping[str, Action] = {action.id: action for action in _ROWS}
"""Every action by its id, in the order of the manual."""

_IN_PLACE = {where: tuple(actions) for where, actions in groupby(_ROWS, lambda action: action.where)}


def bound_by(where: str) -> tuple[Action, ...]:
    """The actions that the class of a place binds, in key line order."""
    return _IN_PLACE[where]


def bound_on(where: str) -> Iterator[Action]:
    """The actions of a place and of all its parts, its own first; may repeat actions."""
    yield from bound_by(where)
    for part in PLACES[where].parts:
        yield from bound_on(part)


def working_on(where: str) -> Iterator[Action]:
    """The actions that work while a screen or dialog is in front; may repeat actions."""
    is_screen = PLACES[where].kind == "screen"
    yield from bound_on(where)
    if is_screen:
        yield from bound_by("screen")
    yield from (action for action in bound_by("app") if is_screen or action.priority)


@cache
def writing(where: str) -> frozenset[str]:
    """The actions on a place that lead to a write, in Textual's syntax."""
    return frozenset(action.action for action in bound_on(where) if action.writes)


@cache
def confirming(where: str) -> frozenset[str]:
    """The actions on a place that confirm something, in Textual's syntax."""
    confirms = PLACES[where].confirms
    return frozenset(action.action for action in bound_on(where) if action.confirms or action.id in confirms)
