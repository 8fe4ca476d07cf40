"""Settings: flags take precedence over the environment, that over az's defaults, and these over the settings file.

How to add a setting: one field in `model.Settings`, made by `setting(default, kind, doc, group=…)`. Nothing else.
From it come the flag and its line in `--help`, the variable `SPARKPOOL_…`, the key in the file with its check, the
line of the template, and the lines of `sparkpool settings` and `sparkpool doctor`:

    log_level: str = setting(
        "warning", kinds.choice("debug", "info", "warning"), "How much goes into the log.",
        group=TERMINAL, flags=("--log-level",), metavar="LEVEL",
    )

- `kinds` has the kinds of values; a new one is a `Kind`: how it is read from a word, how it is checked, and the
  words for what it must be.
- Without `flags` it has none. `environment=` names variables of other tools that mean the same. `kept=False` makes
  it a flag only, which no file can set.
- A table of the file, such as `[keys]`, is `kinds.table(words, check)`. `check` gets the table as `tomllib` reads
  it, makes the value, and raises `UnusableError` with every `Fault` and the path to it inside the table: the reader
  adds file, line and column. `example=` is what the template shows. A check that needs another package is one of
  `Checks`, which `__main__` hands in: `lambda checks: kinds.table(words, checks.keys)`.
"""

from tui.settings.command_line import CommandLine, UnusableCommandLine, read_command_line
from tui.settings.model import Origin, Settings
from tui.settings.sources import UnusableSettingsError, gather

__all__ = [
    "CommandLine",
    "Origin",
    "Settings",
    "UnusableCommandLine",
    "UnusableSettingsError",
    "gather",
    "read_command_line",
]
