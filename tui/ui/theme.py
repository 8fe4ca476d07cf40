"""The default theme: one accent for focus, and state colours for states only."""

from textual.theme import BUILTIN_THEMES, Theme

from tui.domain.constants import THEME

SPARKPOOL = Theme(
    name=THEME,
    primary="#7aa2f7",
    secondary="#7aa2f7",
    accent="#7aa2f7",
    foreground="#d5d9e4",
    background="#14161b",
    surface="#14161b",
    panel="#1d2027",
    boost="#1d2027",
    success="#8cc570",
    warning="#e0af68",
    error="#f0717f",
    dark=True,
    variables={
        "border": "#3a3f4b",
        "border-blurred": "#3a3f4b",
        "block-cursor-background": "#303a75",
        "block-cursor-foreground": "#ffffff",
        "input-cursor-background": "#d5d9e4",
        "scrollbar": "#3a3f4b",
        "scrollbar-background": "#14161b",
        "scrollbar-corner-color": "#14161b",
        "scrollbar-background-hover": "#14161b",
        "scrollbar-background-active": "#14161b",
        "dim": "#858b9c",
    },
)


def is_theme(name: str) -> bool:
    """Whether our theme or one of Textual's has this name."""
    return name == SPARKPOOL.name or name in BUILTIN_THEMES
