"""All actions of the program: where each works, its keys, and what it does, in words.

Bindings, key line, help, palette, the settings file's `[keys]`, the checks of the user's own keys and the tables of the
manual are generated from here. A new key is a row of the table and a method `action_NAME` of its screen or widget.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import groupby
from typing import Literal, NamedTuple

from tui.domain.mentions import Mention


class Action(NamedTuple):
    """Something that a key does.

    Attributes:
        id: What the settings file calls it.
        keys: Its keys, separated by commas, as they are written in the settings file; the first is named in sentences.
        where: The place (one of `PLACES`) whose class binds it.
        label: What the key line calls it.
        help: What it does, in a sentence without a full stop.
        runs: The method of its class without `action_`, with arguments; empty if it is the last part of the id.
        writes: Whether it leads to a write, and so does not apply in a read-only run.
        confirms: Whether it sends, or gives up, what is shown; such a key counts only once that can be read.
        leaves: Whether it sends nothing and leads away, and so works at any moment.
        hidden: Whether the key line leaves it out.
        priority: Whether it comes before the keys of what has the focus, and works in dialogs too if it is the app's.
        display: What the key line calls its keys; empty for the name of the first.
        group: What it does together with others, which the help lists as one.
        mention: What a sentence calls it that does not know the keys.
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
        """The method that it runs, as Textual names it."""
        return self.runs or self.id.rpartition(".")[2].replace("-", "_")


class Place(NamedTuple):
    """Where keys work: a screen, a dialog, or a part of these.

    Attributes:
        title: What the manual calls it.
        kind: On screens, the keys of the places `app` and `screen` work too, unless it has given theirs to something
            else; in dialogs only those of `app` that have priority.
        parts: The places of what it is made of, whose keys work there too.
        first: The ids that its key line names before all others.
        confirms: The ids of its parts' keys that confirm there.
        moves: Whether its keys only move the cursor or turn a page.
    """

    title: str
    kind: Literal["screen", "dialog", "part"]
    parts: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    confirms: tuple[str, ...] = ()
    moves: bool = False


PLACES: Mapping[str, Place] = {
    "app": Place("Everywhere", "part"),
    "screen": Place("Every full screen", "part"),
    "attach": Place(
        "The attach wizard",
        "screen",
        parts=("chooser", "identity-picker", "pages"),
        first=("attach.accept", "attach.next", "pages.next", "attach.back", "attach.previous"),
    ),
    "computes": Place("The list of computes", "screen", parts=("field", "table")),
    "conflict": Place("Two changes of one compute", "screen", parts=("pages",)),
    "detail": Place(
        "A compute",
        "screen",
        parts=("pages",),
        first=("detail.fix", "detail.identity", "detail.roles", "detail.edit", "detail.detach", "pages.next"),
    ),
    "export": Place("Export", "screen", parts=("pages",)),
    "grant": Place("Granting a role", "screen", parts=("chooser",)),
    "identity": Place(
        "The identity of a compute",
        "screen",
        parts=("identity-picker",),
        first=("identity.review", "identity.roles", "identity.back", "identity.earlier"),
    ),
    "manual": Place("The list of manual pages", "screen", parts=("chooser",)),
    "manual-page": Place("A page of the manual", "screen", parts=("pages",)),
    "operations": Place(
        "Operations",
        "screen",
        parts=("field", "table"),
        first=("operations.correct", "operations.continue", "operations.events", "operations.stop-watching"),
    ),
    "picker": Place("Choosing a workspace", "screen", parts=("chooser",)),
    "plan": Place("A plan", "screen", parts=("pages",)),
    "roles": Place("Synapse roles", "screen", parts=("table",)),
    "sign-in": Place("Sign-in", "screen", parts=("table",)),
    "spec": Place("A spec file", "screen", parts=("field",)),
    "words": Place("Tags and description", "screen", parts=("field", "table")),
    "confirm": Place("A question", "dialog"),
    "ask": Place("A question with a text field", "dialog", parts=("field",)),
    "detach": Place("The question before a detach", "dialog", parts=("confirm",)),
    "sign-in-code": Place("A device code", "dialog"),
    "error": Place("A message about a failure", "dialog"),
    "help": Place("Help", "dialog"),
    "unlock": Place("The name of something locked", "dialog", parts=("field",), confirms=("field.submit",)),
    "chooser": Place("Lists with a text field", "part", parts=("field", "table"), moves=True),
    "field": Place("Text fields", "part"),
    "identity-picker": Place("Choosing identities", "part", parts=("chooser",)),
    "pages": Place("Screens with several pages", "part", moves=True),
    "table": Place("Lists", "part", moves=True),
}

# fmt: off
_ROWS = (
    Action("app.operations", "o", "app", "Operations", "Running and past operations", mention=Mention.OPERATIONS),
    Action("app.workspace", "w", "app", "Workspace", "Open another workspace", runs="switch_workspace"),
    Action("app.sign-in", "L", "app", "Sign-in",
           "Who is signed in, until when; sign in with another method, or again", hidden=True),
    Action("app.sign-in-always", "ctrl+l", "app", "Sign-in",
           "Who is signed in, also from a field", runs="sign_in", hidden=True, priority=True, mention=Mention.SIGN_IN),
    Action("app.help", "?", "app", "Help", "The keys that work here"),
    Action("app.palette", ":", "app", "Palette", "All commands, by typing", runs="command_palette", hidden=True),
    Action("app.palette-always", "ctrl+p", "app", "Palette",
           "All commands, by typing", runs="command_palette", hidden=True, priority=True),
    Action("app.suspend", "ctrl+z", "app", "Suspend",
           "Go to the shell; fg comes back", runs="suspend_process", leaves=True, hidden=True),
    Action("app.quit", "q", "app", "Quit", "Leave sparkpool", runs="leave", leaves=True),
    Action("app.quit-always", "ctrl+q", "app", "Quit",
           "Leave sparkpool, also from a field", runs="leave", leaves=True, hidden=True, priority=True),
    Action("app.how-to-leave", "ctrl+c", "app", "How to leave",
           "Say which key leaves sparkpool; in a field, copy what is selected", leaves=True, hidden=True,
           priority=True),

    Action("screen.back", "escape", "screen", "Back", "Go back to the screen before this one", leaves=True),
    Action("screen.words-down", "ctrl+down,pagedown", "screen", "More of it",
           "Show more of a message that is longer than the screen", runs="scroll_words(1)", hidden=True),
    Action("screen.words-up", "ctrl+up,pageup", "screen", "Back in it",
           "Go back in a message that is longer than the screen", runs="scroll_words(-1)", hidden=True),

    Action("attach.accept", "enter", "attach", "Choose", "Take this answer and go on; at the end, send", confirms=True),
    Action("attach.next", "tab", "attach", "Next step", "Go on with the answer as it is", priority=True),
    Action("attach.previous", "shift+tab", "attach", "Step back", "Go to the step before", priority=True),
    Action("attach.back", "escape", "attach", "Back", "Back one choice; from the first, leave", leaves=True),
    Action("attach.spec", "ctrl+o", "attach", "Spec file",
           "Attach or update from an az ml specification", runs="open_spec"),
    Action("attach.refresh", "ctrl+r", "attach", "Refresh", "Read the list that is shown again"),
    Action("attach.copy", "ctrl+y", "attach", "Copy", "Copy the page or the problem that is shown"),
    Action("attach.copy-page", "c", "attach", "Copy", "Copy the page that is shown", runs="copy", hidden=True),

    Action("computes.open", "enter", "computes", "Open", "Every field of this compute, its JSON and YAML"),
    Action("computes.attach", "a", "computes", "Attach", "Attach a Spark pool to this workspace", writes=True),
    Action("computes.identity", "i", "computes", "Identity", "Change the managed identity", writes=True),
    Action("computes.roles", "r", "computes", "Roles", "The Synapse roles on its Spark pool", mention=Mention.ROLES),
    Action("computes.edit", "e", "computes", "Edit", "Change the tags and the description", writes=True),
    Action("computes.detach", "ctrl+d", "computes", "Detach", "Detach this Spark pool; the pool stays", writes=True),
    Action("computes.mark", "space", "computes", "Mark",
           "Mark it, so that a change, an export or a detach concerns all that are marked"),
    Action("computes.filter", "/", "computes", "Filter", "Show matching rows only", priority=True),
    Action("computes.sort", "s", "computes", "Sort", "Sort by the next column; Spark pools stay first"),
    Action("computes.yaml", "y", "computes", "YAML", "This compute as an az ml specification", runs="show_yaml"),
    Action("computes.export", "x", "computes", "Export",
           "The same as az ml YAML and commands, Python, REST, Bicep, Terraform"),
    Action("computes.refresh", "ctrl+r", "computes", "Refresh", "Read the list again"),
    Action("computes.copy", "c", "computes", "Copy", "Copy the resource id, or the problem", hidden=True),
    Action("computes.clear", "escape", "computes", "Clear", "Clear the filter, then the marks"),

    Action("conflict.mine", "enter", "conflict", "Mine on top",
           "Make your change on top of theirs; the plan is shown first", confirms=True),
    Action("conflict.theirs", "t", "conflict", "Take theirs", "Let theirs stand; nothing is sent", confirms=True),
    Action("conflict.copy", "c", "conflict", "Copy", "Copy both changes"),
    Action("conflict.back", "escape", "conflict", "Decide later", "Go back; nothing is sent", leaves=True),

    Action("detail.fix", "f", "detail", "Fix", "Fix the most serious problem", writes=True, mention=Mention.FIX),
    Action("detail.identity", "i", "detail", "Identity", "Change the managed identity", writes=True),
    Action("detail.roles", "r", "detail", "Roles", "The Synapse roles on its Spark pool", mention=Mention.ROLES_OF_IT),
    Action("detail.edit", "e", "detail", "Edit", "Change the tags and the description", writes=True),
    Action("detail.detach", "ctrl+d", "detail", "Detach", "Detach this Spark pool; the pool stays", writes=True),
    Action("detail.export", "x", "detail", "Export",
           "The same as az ml YAML and commands, Python, REST, Bicep, Terraform"),
    Action("detail.message", "m", "detail", "Message",
           "Copy a message to someone who may grant the role that is missing", hidden=True, mention=Mention.MESSAGE),
    Action("detail.yaml", "y", "detail", "YAML/JSON", "Show the YAML, then the JSON", runs="turn_yaml"),
    Action("detail.copy", "c", "detail", "Copy", "Copy the page that is shown"),
    Action("detail.refresh", "ctrl+r", "detail", "Refresh", "Read this compute again"),

    Action("export.copy", "c,ctrl+y", "export", "Copy", "Copy the page that is shown", display="c"),
    Action("export.save", "s", "export", "Save", "Write the page to a new file in the current folder"),

    Action("grant.back", "escape", "grant", "Back", "Back one choice; from the first, leave", leaves=True),

    Action("identity.accept", "enter", "identity", "Choose", "Take the row under the cursor"),
    Action("identity.review", "tab", "identity", "Review", "Show the plan; nothing is sent yet", priority=True),
    Action("identity.roles", "ctrl+o", "identity", "Roles",
           "Choose whether roles on the pool follow, old ones are removed, or all stay", runs="move_roles"),
    Action("identity.back", "escape", "identity", "Back", "Back one choice; from the first, leave", leaves=True),
    Action("identity.more", "ctrl+n", "identity", "More",
           "Show more of what follows, a screenful further; from its end, its beginning"),
    Action("identity.refresh", "ctrl+r", "identity", "Refresh", "Read everything again"),
    Action("identity.copy", "ctrl+y", "identity", "Copy", "Copy what follows, or the problem", hidden=True),

    Action("manual.open", "enter", "manual", "Open", "Open the page", runs="choose"),

    Action("manual.copy", "c", "manual-page", "Copy", "Copy this page"),

    Action("operations.correct", "e", "operations", "Correct and retry", "Open what led to this failure, as it was"),
    Action("operations.continue", "u", "operations", "Continue",
           "Go on with what nobody watches, from where it stands; nothing is sent twice", runs="take_up",
           confirms=True, mention=Mention.CONTINUE),
    Action("operations.stop-watching", "x", "operations", "Stop watching",
           "Watch it no more, or let go what was left; Azure goes on with what it accepted", confirms=True,
           mention=Mention.LET_GO),
    Action("operations.open", "enter", "operations", "Open", "Open the compute that it concerns"),
    Action("operations.filter", "/", "operations", "Filter", "Show what matches"),
    Action("operations.events", "tab", "operations", "Events",
           "Go to the events, which the arrows and the page keys scroll, and back to the operations",
           runs="other_part", priority=True),
    Action("operations.bundle", "b", "operations", "Support bundle",
           "Write what support asks for into a file, without secrets", runs="save_bundle"),
    Action("operations.copy", "c", "operations", "Copy", "Copy the events, with Azure's ids"),

    Action("picker.choose", "enter", "picker", "Choose", "Choose the row under the cursor"),
    Action("picker.subscriptions", "ctrl+t", "picker", "Subscriptions",
           "Choose among the workspaces of another subscription"),
    Action("picker.refresh", "ctrl+r", "picker", "Refresh", "Read the list again"),
    Action("picker.copy", "ctrl+y", "picker", "Copy", "Copy the problem that is shown", hidden=True),

    Action("plan.apply", "enter", "plan", "Apply", "Do what the plan says", writes=True, confirms=True),
    Action("plan.detach", "y", "plan", "Detach",
           "Detach what the plan names; the pools stay", writes=True, confirms=True),
    Action("plan.back", "escape", "plan", "Back", "Go back; nothing is sent", leaves=True),
    Action("plan.copy", "c,ctrl+y", "plan", "Copy", "Copy the page that is shown", display="c"),

    Action("roles.grant", "a", "roles", "Grant", "Grant a role on this pool or its workspace", writes=True),
    Action("roles.remove", "ctrl+d", "roles", "Remove", "Take away the role under the cursor", writes=True),
    Action("roles.fix", "f", "roles", "Fix",
           "Grant Synapse Administrator to each identity that has no role", writes=True),
    Action("roles.message", "m", "roles", "Message", "Copy a message to someone who may grant what is missing"),
    Action("roles.refresh", "ctrl+r", "roles", "Refresh", "Read the roles again"),
    Action("roles.copy", "c", "roles", "Copy", "Copy the object id under the cursor, or the problem"),

    Action("sign-in.choose", "enter", "sign-in", "Sign in", "Sign in in the way under the cursor"),
    Action("sign-in.renew", "n", "sign-in", "New token",
           "Ask for a new token in the way in use, as after a role was activated or az login was run",
           mention=Mention.RENEW),
    Action("sign-in.tenant", "t", "sign-in", "Tenant", "Name the tenant to sign in to", mention=Mention.TENANT),
    Action("sign-in.copy", "c", "sign-in", "Copy", "Copy the command that helps, or who is signed in"),
    Action("sign-in.refresh", "ctrl+r", "sign-in", "Refresh", "Look again what can be chosen"),

    Action("spec.read", "enter", "spec", "Read", "Read the file"),
    Action("spec.more", "pagedown", "spec", "More",
           "Show more of what is wrong, a screenful further", runs="scroll(1)", priority=True),
    Action("spec.less", "pageup", "spec", "Less",
           "Show what is wrong before that, a screenful back", runs="scroll(-1)", hidden=True, priority=True),
    Action("spec.down", "down", "spec", "Line down", "Show one line more", runs="step(1)", hidden=True, priority=True),
    Action("spec.up", "up", "spec", "Line up",
           "Show one line before that", runs="step(-1)", hidden=True, priority=True),
    Action("spec.complete", "tab", "spec", "Complete", "Complete the file's name", priority=True),
    Action("spec.again", "ctrl+r", "spec", "Read again",
           "Read the file again, after you have corrected it", runs="read"),
    Action("spec.copy", "ctrl+y", "spec", "Copy", "Copy what is wrong"),
    Action("spec.back", "escape", "spec", "Back", "Go back; nothing is sent", leaves=True),

    Action("words.review", "ctrl+s", "words", "Review", "Show the plan; nothing is sent yet"),
    Action("words.change", "enter", "words", "Change", "Change the tag under the cursor"),
    Action("words.remove", "delete,d", "words", "Remove",
           "Take away the tag under the cursor, or the change of it", display="d"),
    Action("words.editor", "ctrl+e", "words", "Editor", "Edit both in your own editor", priority=True),
    Action("words.refresh", "ctrl+r", "words", "Refresh", "Read everything again", hidden=True),
    Action("words.back", "escape", "words", "Back", "Go back; nothing is sent", leaves=True),

    Action("confirm.yes", "y", "confirm", "Yes", "Do it", runs="answer(True)", confirms=True),
    Action("confirm.no", "n,escape", "confirm", "No", "Leave everything as it is", runs="answer(False)", leaves=True),

    Action("ask.close", "escape", "ask", "Back", "Leave everything as it is", leaves=True),

    Action("detach.plan", "p", "detach", "Plan", "The same as az ml command, Python and REST"),
    Action("detach.roles", "r", "detach", "Its roles",
           "Also remove the roles of system-assigned principals that go, or leave them"),
    Action("detach.shared-roles", "u", "detach", "Roles of user-assigned identities",
           "Also remove the roles of user-assigned identities that nothing else runs as, or leave them"),

    Action("device-code.give-up", "escape", "sign-in-code", "Give up", "End the sign-in", leaves=True),
    Action("device-code.code", "c", "sign-in-code", "Copy the code", "Copy the code", runs="copy_code"),
    Action("device-code.address", "a", "sign-in-code", "Copy the address",
           "Copy the page's address", runs="copy_address"),

    Action("error.close", "escape,enter", "error", "Close", "Close this message", leaves=True),
    Action("error.words-down", "ctrl+down,pagedown,down", "error", "More of it",
           "Show more of a message that is longer than the screen", runs="scroll_words(1)", hidden=True),
    Action("error.words-up", "ctrl+up,pageup,up", "error", "Back in it",
           "Go back in a message that is longer than the screen", runs="scroll_words(-1)", hidden=True),
    Action("error.copy", "c", "error", "Copy", "Copy all of it, with the ids that support asks for"),

    Action("help.close", "escape,?,q", "help", "Close", "Close this help", leaves=True),
    Action("help.manual", "m", "help", "Manual", "Open the manual", runs="app.manual"),

    Action("unlock.cancel", "escape", "unlock", "Cancel", "Leave everything as it is", runs="leave", leaves=True),

    Action("chooser.up", "up", "chooser", "Up", "Move to the row above", runs="move('cursor_up')", hidden=True),
    Action("chooser.down", "down", "chooser", "Down", "Move to the row below", runs="move('cursor_down')", hidden=True),
    Action("chooser.page-up", "pageup", "chooser", "Page up",
           "Move up by a screenful", runs="move('page_up')", hidden=True),
    Action("chooser.page-down", "pagedown", "chooser", "Page down",
           "Move down by a screenful", runs="move('page_down')", hidden=True),

    Action("field.submit", "enter", "field", "Choose", "Take what is typed, or the row under the cursor"),

    Action("identity.earlier", "ctrl+up,shift+up", "identity-picker", "Earlier",
           "Move the identity under the cursor forward; the first submits jobs by default", runs="shift(-1)",
           display="shift+↑"),
    Action("identity.later", "ctrl+down,shift+down", "identity-picker", "Later",
           "Move the identity under the cursor back", runs="shift(1)", display="shift+↓"),
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
"""Every action by its id, the places in the order in which the manual lists them."""

_IN_PLACE = {where: tuple(actions) for where, actions in groupby(_ROWS, lambda action: action.where)}


def bound_by(where: str) -> tuple[Action, ...]:
    """The actions that the class of a place binds, in the order of its key line."""
    return _IN_PLACE[where]


def bound_on(where: str) -> Iterator[Action]:
    """The actions of a place and of all its parts, its own first; an action may come several times."""
    yield from bound_by(where)
    for part in PLACES[where].parts:
        yield from bound_on(part)


def working_on(where: str) -> Iterator[Action]:
    """The actions that a key may have while a screen or dialog is in front; an action may come several times."""
    is_screen = PLACES[where].kind == "screen"
    yield from bound_on(where)
    if is_screen:
        yield from bound_by("screen")
    yield from (action for action in bound_by("app") if is_screen or action.priority)


@cache
def writing(where: str) -> frozenset[str]:
    """What on a place leads to a write: methods, as `Action.action` names them."""
    return frozenset(action.action for action in bound_on(where) if action.writes)


@cache
def confirming(where: str) -> frozenset[str]:
    """What on a place confirms something: methods, as `Action.action` names them."""
    confirms = PLACES[where].confirms
    return frozenset(action.action for action in bound_on(where) if action.confirms or action.id in confirms)
