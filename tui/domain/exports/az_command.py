"""A command of `az` for a POSIX shell, from words that are quoted where they need it."""

from tui.domain.exports.quoting import shell


def option(name: str, value: str) -> str:
    """An option with its value, joined so that a value with a leading dash is not taken for an option."""
    return f"{name}={shell(value)}" if value.startswith("-") else f"{name} {shell(value)}"


def command(*words: str) -> str:
    """A command, on a line for each of its words."""
    return " \\\n  ".join(words) + "\n"
