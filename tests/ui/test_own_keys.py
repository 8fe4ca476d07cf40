"""Custom keys: they work, are shown everywhere, and never silently replace another key."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support import scenes
from tests.support.screen import on_row, says, screen_text, shown
from tests.support.stage import Stage
from tests.support.terminal import sparkpool
from tui.actions import ACTIONS
from tui.domain.mentions import Mention
from tui.domain.unusable import UnusableError
from tui.operations.journal import Journal
from tui.sandbox.faults import Forbidden, Rule
from tui.setting_checks import CHECKS
from tui.settings import UnusableSettingsError, gather, read_command_line
from tui.ui.keymap import check_keys

LARGE = (120, 40)


def wrong(table: Mapping[str, Any]) -> list[str]:
    with pytest.raises(UnusableError) as caught:
        check_keys(table)
    return [fault.found for fault in caught.value.faults]


def test_keys_can_be_set_by_dotted_or_nested_ids_and_by_keyboard_symbols() -> None:
    assert check_keys({"computes": {"detach": "D"}, "app.help": "f1, ?"}) == {
        "computes.detach": "D",
        "app.help": "f1,question_mark",
    }
    assert check_keys({"app.workspace": "alt+w", "computes.filter": "ctrl+F"}) == {
        "app.workspace": "alt+w",
        "computes.filter": "ctrl+f",
    }


def test_two_keys_can_be_swapped() -> None:
    assert check_keys({"computes.attach": "e", "computes.edit": "a"}) == {"computes.attach": "e", "computes.edit": "a"}


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ({"computes.atach": "b"}, 'Unknown key id "computes.atach". Did you mean "computes.attach"?'),
        ({"quit": "Q"}, 'Unknown key id "quit". Did you mean "app.quit"?'),
        ({"app.quit": "ctlr+x"}, '"ctlr+x" is not a key. Did you mean "ctrl+x"?'),
        ({"app.quit": "esc"}, '"esc" is not a key. Did you mean "escape"?'),
        ({"app.quit": ""}, '"" is not a key.'),
        ({"app.quit": "Q,"}, '"" is not a key.'),
        ({"app.quit": " "}, '"" is not a key.'),
        ({"app.quit": 7}, '"7" is not a key in quotes, such as "ctrl+t"'),
        ({"app.quit": ["Q"]}, '"a list" is not a key in quotes, such as "ctrl+t"'),
        ({"confirm.yes": "ctrl+i"}, 'Terminals send "ctrl+i" as "tab"; use "tab"'),
        (
            {"computes.attach": "e"},
            '"e" is already bound to "computes.edit" in the same place; choose another key for that too',
        ),
        (
            {"computes.attach": "o"},
            '"o" is already bound to "app.operations" in the same place; choose another key for that too',
        ),
        (
            {"app.operations": "j"},
            '"j" is already bound to "table.down" in the same place; choose another key for that too',
        ),
        (
            {"detail.fix": "l"},
            '"l" is already bound to "pages.next" in the same place; choose another key for that too',
        ),
        (
            {"picker.refresh": "ctrl+y"},
            '"ctrl+y" is already bound to "picker.copy" in the same place; choose another key for that too',
        ),
        (
            {"confirm.yes": "ctrl+q"},
            '"ctrl+q" is already bound to "app.quit-always" in the same place; choose another key for that too',
        ),
        ({"picker.refresh": "r"}, '"r" types a character in text fields; choose a key that does not'),
        ({"app.quit-always": "?"}, '"?" types a character in text fields; choose a key that does not'),
        ({"tags.review": "r"}, '"r" types a character in text fields; choose a key that does not'),
        ({"attach.spec": "s"}, '"s" types a character in text fields; choose a key that does not'),
        ({"tags.review": "ctrl+w"}, '"ctrl+w" edits the text in a text field; choose another key'),
        ({"attach.refresh": "ctrl+u"}, '"ctrl+u" edits the text in a text field; choose another key'),
        ({"picker.copy": "home"}, '"home" edits the text in a text field; choose another key'),
        ({"screen.back": "ctrl+w"}, '"ctrl+w" edits the text in a text field; choose another key'),
        ({"identity.roles": "ctrl+k"}, '"ctrl+k" edits the text in a text field; choose another key'),
    ],
)
def test_an_invalid_key_setting_is_refused_with_the_reason(table: Mapping[str, Any], found: str) -> None:
    (sentence,) = wrong(table)
    assert sentence.startswith(found)


def test_the_same_custom_key_for_two_actions_is_refused() -> None:
    assert wrong({"computes.attach": "b", "computes.sort": "b"}) == [
        '"b" is already bound to "computes.sort" in the same place; choose another key for that too',
        '"b" is already bound to "computes.attach" in the same place; choose another key for that too',
    ]


def test_an_editing_key_is_allowed_with_priority_without_text_fields_or_to_replace_another() -> None:
    assert check_keys({"tags.editor": "ctrl+w", "tags.remove": "ctrl+k", "roles.fix": "ctrl+u"})


def test_a_key_that_is_bound_on_another_screen_is_allowed() -> None:
    assert check_keys({"computes.attach": "z", "confirm.yes": "o", "computes.sort": "h"})


def test_key_errors_are_reported_by_line_together_with_all_other_errors(tmp_path: Path) -> None:
    file = tmp_path / "sparkpool" / "settings.toml"
    file.parent.mkdir()
    file.write_text(
        'ascii = 1\n[keys]\ncomputes.atach = "b"\n"computes.sort" = "o"\ntheme = "nord"\n[keys.app]\nquit = "qq"\n'
    )
    with pytest.raises(UnusableSettingsError) as caught:
        gather(read_command_line([], CHECKS), {"AZURE_CONFIG_DIR": str(tmp_path)}, file=file, checks=CHECKS)
    assert [problem.removeprefix(f"{file}:") for problem in caught.value.problems] == [
        '1:1: ascii: "1" is not true or false',
        '3:10: keys: Unknown key id "computes.atach". Did you mean "computes.attach"?',
        '4:1: keys: "o" is already bound to "app.operations" in the same place; choose another key for that too',
        '5:1: keys: Unknown key id "theme". The setting "theme" belongs above the first line in brackets.',
        '7:1: keys: "qq" is not a key.',
    ]


async def test_a_custom_key_works_and_is_shown_and_the_old_key_does_nothing() -> None:
    own = check_keys({"computes.attach": "A", "app.help": "f1", "app.quit": "Q", "help.close": "escape,f1"})
    stage = Stage(keys=own)
    stage.operations.start()
    async with stage.app.run_test(size=(120, 60)) as pilot:
        await scenes.computes(stage, pilot)
        keys = screen_text(stage.app).splitlines()[-1]
        assert "A attach" in keys
        assert "f1 help" in keys
        assert "Q quit" in keys
        await pilot.press("a", "question_mark", "q")
        await says(pilot, stage, "as of")
        await pilot.press("f1")
        await shown(pilot, stage, "Keys that work here")
        lines = [line.split() for line in screen_text(stage.app).splitlines()]
        assert any(line[1:6] == ["A", "Attach", "Attach", "a", "Spark"] for line in lines)
        assert any(line[1:3] == ["f1", "Help"] for line in lines)
        await pilot.press("f1", "A")
        await shown(pilot, stage, "Which subscription holds the Synapse workspace?")
    stage.operations.stop()


async def test_a_dialog_shows_custom_keys() -> None:
    stage = Stage(keys=check_keys({"confirm.yes": "J", "confirm.no": "N,escape", "computes.detach": "D"}))
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("D")
        await shown(pilot, stage, "Detach churn?", "J detach", "N cancel", "p plan")
        await pilot.press("J")
        await shown(pilot, stage, "churn is detached")
    stage.operations.stop()


async def test_help_and_quit_stay_in_the_key_line_with_custom_keys() -> None:
    stage = Stage(keys=check_keys({"app.quit": "Q", "app.help": "f2"}))
    stage.operations.start()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await scenes.computes(stage, pilot)
        keys = screen_text(stage.app).splitlines()[-1]
        assert keys.endswith("f2 help  Q quit")
    stage.operations.stop()


def test_the_settings_file_sets_the_keys_and_the_theme_in_a_terminal(tmp_path: Path) -> None:
    file = tmp_path / "config" / "sparkpool" / "settings.toml"
    file.parent.mkdir(parents=True)
    file.write_text('theme = "ansi-dark"\nascii = true\n[keys]\napp.quit = "Q"\n')
    with sparkpool(tmp_path, size=(80, 24)) as terminal:
        terminal.shows("etl-prod", "Q quit")
        terminal.press("q", "Q")
        assert terminal.ended() == 0


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light", "textual-light", "nord"])
async def test_the_themes_of_textual_can_be_used(theme: str) -> None:
    stage = Stage(theme=theme)
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.confirm(stage, pilot)
        await pilot.press("escape", "enter")
        await shown(pilot, stage, "Readiness")
    stage.operations.stop()


async def test_sentences_name_custom_keys() -> None:
    own = {
        "computes.refresh": "ctrl+e",
        "app.workspace": "W",
        "picker.refresh": "ctrl+b",
        "computes.clear": "backspace",
    }
    stage = Stage(keys=check_keys(own))
    stage.box.faults.add(Rule(Forbidden(), "GET", "/computes$"))
    stage.box.faults.add(Rule(Forbidden(), "GET", "/workspaces$"))
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await says(pilot, stage, "ctrl+e tries again · W opens another workspace · c copies this")
        await pilot.press("W")
        await says(pilot, stage, "ctrl+b tries again · esc goes back · ctrl+y copies this")
        await pilot.press("escape", "ctrl+e")
        await says(pilot, stage, "15 computes")
        await pilot.press("space")
        await says(pilot, stage, "1 marked, backspace unmarks")
        await pilot.press("backspace")
        await says(pilot, stage, "15 computes")
    stage.operations.stop()


async def test_advice_from_the_layers_below_the_screens_names_custom_keys(tmp_path: Path) -> None:
    own = {"app.operations": "O", "operations.continue": "U", "operations.stop-watching": "X", "detail.roles": "R"}
    scenes.leave_an_attach(tmp_path)
    stage = Stage(keys=check_keys(own), journal=partial(Journal, tmp_path))
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await says(pilot, stage, "was interrupted O shows it, U resumes it")
        await on_row(stage, pilot, "etl-prod")
        await pilot.press("enter", "l")
        await says(pilot, stage, "remove the role (R).")
        await pilot.press("escape")
        await scenes.pasted_review(stage, pilot)
        await pilot.press("enter")
        await says(pilot, stage, "Nothing was sent. Press O and resume it (U), or abandon it (X), then try again.")
    stage.operations.stop()


def test_every_action_mentioned_in_advice_is_in_the_action_table() -> None:
    mentioned = [action.mention for action in ACTIONS.values() if action.mention is not None]
    assert sorted(mentioned, key=str) == sorted(Mention, key=str)


def test_no_sentence_contains_a_hard_coded_key() -> None:
    """Lower layers mention an action and screens look up its key, so that remapped keys are named correctly."""
    named = re.compile(
        r"(?<![\w-])(enter|esc|space(?! (?:on|left))|ctrl\+\w|shift\+\w+)(?![\w-])|\btab (?:completes|goes)"
        r"|(?<![\w'’.\-(<])[b-zB-HJ-Z](?= (?:[a-z]+s|to|and)\b)|(?<!scope)\([a-z]\)(?!\?)"
        r"|\b[Pp]ress [a-z]\b|\bwith [b-z]\b"
    )
    tree = Path(__file__).parents[2] / "tui"
    rooms = [tree / room for room in ("domain", "operations", "cloud", "specs", "ui")]
    files = [file for room in rooms for file in room.rglob("*.py") if file.name not in ("keys.py", "keymap.py")]
    found = [
        (file.name, words)
        for file in files
        for words in _sentences(ast.parse(file.read_text()))
        if named.search(words) and " " in words.strip()
    ]
    assert found == []


def _sentences(tree: ast.AST) -> Iterator[str]:
    """The strings of a module except docstrings, bindings, names of keys and log messages."""
    silent = ("Binding", "key_name", "key_on_screen", "info", "warning")
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in silent:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        yield from _sentences(node)


def test_every_key_named_in_a_sentence_can_be_remapped() -> None:
    asked = re.compile(r"""key_name\(\s*["']([a-z.-]+)["']""")
    found = [
        name
        for file in (Path(__file__).parents[2] / "tui" / "ui").rglob("*.py")
        for name in asked.findall(file.read_text())
    ]
    assert len(found) > 40
    assert set(found) <= set(ACTIONS)


async def test_the_wizard_names_the_key_that_chooses_a_row_when_two_keys_replace_enter() -> None:
    stage = Stage(keys=check_keys({"attach.accept": "f10", "field.submit": "f9"}))
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("a")
        await says(pilot, stage, "Which subscription holds the Synapse workspace?")
        await pilot.press("f10")
        await says(pilot, stage, "Choose a Spark pool first: f9 chooses the row under the cursor.")
        await pilot.press("f9")
        await says(pilot, stage, "Which Synapse workspace of Contoso Prod?")
    stage.operations.stop()
