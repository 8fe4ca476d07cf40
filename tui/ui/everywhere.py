"""The keys that work on every screen."""

from textual.binding import Binding, BindingType

EVERYWHERE: list[BindingType] = [
    Binding("o", "operations", "Operations", id="app.operations", tooltip="Running and past operations"),
    Binding("w", "switch_workspace", "Workspace", id="app.workspace", tooltip="Open another workspace"),
    Binding(
        "L",
        "sign_in",
        "Sign-in",
        id="app.sign-in",
        show=False,
        tooltip="Who is signed in, until when; sign in in another way or anew",
    ),
    Binding(
        "ctrl+l",
        "sign_in",
        "Sign-in",
        id="app.sign-in-always",
        show=False,
        priority=True,
        tooltip="Who is signed in, also from a field",
    ),
    Binding("question_mark", "help", "Help", id="app.help", key_display="?", tooltip="The keys that work here"),
    Binding(
        "colon",
        "command_palette",
        "Palette",
        id="app.palette",
        key_display=":",
        show=False,
        tooltip="All commands, by typing",
    ),
    Binding(
        "ctrl+p",
        "command_palette",
        "Palette",
        id="app.palette-always",
        show=False,
        priority=True,
        tooltip="All commands, by typing",
    ),
    Binding(
        "ctrl+z",
        "suspend_process",
        "Suspend",
        id="app.suspend",
        show=False,
        tooltip="Go to the shell; fg comes back",
    ),
    Binding("q", "leave", "Quit", id="app.quit", tooltip="Leave sparkpool"),
    Binding(
        "ctrl+q",
        "leave",
        "Quit",
        id="app.quit-always",
        show=False,
        priority=True,
        tooltip="Leave sparkpool, also from a field",
    ),
]
