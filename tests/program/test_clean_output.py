"""Output of the program: hostile text through every channel, checked in the bytes that are written."""

import io
import json
import logging
import random
import re
import sys
import unicodedata
import zipfile
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.support import scenes
from tests.support.hostile import STRINGS, WORLDS, poison
from tests.support.scenes import SCENES, staged
from tests.support.screen import happened, paste, says, screen_strips
from tests.support.stage import Stage
from tests.support.terminal import Terminal
from tui.domain.attachment import Attachment
from tui.domain.errors import Problem, ProblemKind
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.operation import Failed, Operation, Progress, Started, Verb
from tui.domain.resource_id import ResourceId, ml_workspace_id
from tui.domain.text import masked
from tui.domain.workspaces import Workspace
from tui.logs import CONTINUED, LOG_NAME, RedactingFormatter
from tui.printing import write
from tui.sandbox.names import default_workspace, spark_pool_id
from tui.setting_checks import CHECKS
from tui.settings import gather, read_command_line
from tui.support import write_bundle
from tui.ui.clipboard import copied, through_screen

pytestmark = pytest.mark.unspecified("names that Azure's own patterns forbid stand here on purpose")

LARGE = (120, 40)
ODD = "\ud800\udfff\ufffe\x00\x85\u2028 ‹sign in› "
OWN_SEQUENCES = re.compile(
    # Textual's own: colours and styles, cursor positions, modes, the keyboard, queries, the pointer's shape.
    r"\x1b\[[\d;]*[mH]|\x1b\[\?[\d;]+[hl]|\x1b\[[<>]\d*u|\x1b\[=\d+u|\x1b\[\?u|\x1b\[\?\d+\$p|\x1b\[c|\x1b\]22;default\x07"
    r"|\x1b\[>\d*[a-z]|\x1b\]1[01];\?(?:\x07|\x1b\\)|\x1b\[\d? ?[Kq]"
)
COPIED = re.compile(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")


@pytest.fixture(params=sorted(WORLDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def is_harmless(text: str) -> bool:
    """Whether a terminal would show all of a text and execute none of it."""
    return not any(unicodedata.category(letter) in ("Cc", "Cs", "Cf", "Zl", "Zp") for letter in text.replace("\n", ""))


def hostile_texts(seed: int, number: int) -> Iterator[str]:
    """Random texts, mostly of control characters and invisible ones."""
    rng = random.Random(seed)  # noqa: S311 - test data, not secrets
    pieces = [*STRINGS.values(), *map(chr, range(0x20)), "\x7f", "\x9b", "\ud800", "\udfff", "\ufeff", "a", " "]
    for _ in range(number):
        yield "".join(rng.choices(pieces, k=rng.randint(1, 12)))


def test_the_terminal_receives_only_escape_sequences_of_the_program(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.support.hostile_program", "commands", str(tmp_path)]
    with_screen = {"PYTHONPATH": str(Path(__file__).parents[2])}
    terminal = Terminal(command, tmp_path, LARGE, with_screen)
    try:
        terminal.shows("vm-legacy", "as of")
        terminal.press("down", "down", "enter")
        terminal.shows("[Overview]")
        for page in "1234567":
            terminal.press(page, "c")
            terminal.comes_to_rest()
        for keys in (("esc",), ("x",), ("c",), ("esc",), ("r",), ("c",), ("esc",), ("a",), ("\x19",), ("esc",), ("L",)):
            terminal.press(*keys)
            terminal.comes_to_rest()
        terminal.press("esc")
        terminal.comes_to_rest()
        terminal.press("q")
        assert terminal.ended() == 0
    finally:
        terminal.close()
    written = bytes(terminal.written).decode()
    copies = [b64decode(found).decode() for found in COPIED.findall(written)]
    assert len(copies) >= 7
    for text in copies:
        assert is_harmless(text), ascii(text)
        assert "hunter2" not in text
    rest = OWN_SEQUENCES.sub("", COPIED.sub("", written))
    assert is_harmless(rest.replace("\r\n", "\n").replace("\r", "").replace("\x08", "")), sorted(
        set(re.findall(r"\x1b.{0,12}|[\x00-\x08\x0b-\x1a\x7f-\x9f]", rest))
    )[:20]
    assert "hunter2" not in rest
    log = (tmp_path / LOG_NAME).read_text()
    assert is_harmless(log)
    assert "hunter2" not in log


COPYING = ("c", "ctrl+y", "m")
COPY_SCENES = sorted(set(SCENES) - {"detail-hostile", "identity-gone", "tags"})


@pytest.mark.parametrize("scene", [name for name in COPY_SCENES if name in ("detail", "roles")])
async def test_text_copied_from_a_screen_is_harmless(scene: str, kind: str, tmp_path: Path) -> None:
    play, _ = SCENES[scene]
    stage = staged(scene, tmp_path)
    poison(stage, kind)
    stage.operations.start()
    try:
        async with stage.app.run_test(size=LARGE) as pilot:
            await play(stage, pilot)
            for key in COPYING:
                await pilot.press(key)
                await pilot.pause()
                assert is_harmless(stage.app.clipboard), ascii(stage.app.clipboard)
    finally:
        stage.operations.stop()


def test_copied_text_names_keys_and_handles_any_code_point() -> None:
    text = copied(f"Name another with --tenant, or here: ‹sign in›.{ODD}")
    assert "ctrl+l" in text
    assert "‹" not in text
    assert is_harmless(text)
    assert copied("‹sign in›", is_document=True) == "‹sign in›"
    for one in hostile_texts(9, 300):
        for is_document in (False, True):
            assert is_harmless(copied(one, is_document=is_document))
            copied(one, is_document=is_document).encode()


def test_a_copy_is_split_into_strings_that_gnu_screen_passes_through() -> None:
    sequence = f"\x1b]52;c;{'QUJD' * 500}\x07"
    passed = through_screen(sequence)
    chunks = re.findall(r"\x1bP(.*?)\x1b\\", passed, re.DOTALL)
    assert "".join(chunks) == sequence
    assert all(len(chunk) <= 255 for chunk in chunks)
    assert "".join(f"\x1bP{chunk}\x1b\\" for chunk in chunks) == passed


def test_logged_text_cannot_forge_log_records_or_hide_characters() -> None:
    formatter = RedactingFormatter()
    record = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ \S+ ")
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL):
        for text in hostile_texts(level, 100):
            forged = f"{text}\n2026-01-01 00:00:00,000 ERROR fake {text}"
            try:
                raise ValueError(forged)  # noqa: TRY301 - its traceback is logged
            except ValueError as error:
                failed = (type(error), error, error.__traceback__)
            made = logging.LogRecord("azure.core", level, "", 0, "%s %r", (forged, forged), failed)
            made.stack_info = forged
            first, *more = formatter.format(made).split("\n")
            assert record.match(first)
            assert all(line.startswith(CONTINUED) for line in more)
            assert all(line.isprintable() or is_harmless(line) for line in (first, *more))


def failed_operation(text: str) -> Operation:
    """An operation whose texts all come from outside the program."""
    at = datetime(2026, 11, 28, tzinfo=UTC)
    workspace = Workspace(ml_workspace_id(*default_workspace(0)), "eastus2")
    pool = ResourceId.parse(spark_pool_id(workspace.id.subscription, "rg", "syn", "pool"))
    attachment = Attachment(workspace, "adhoc", pool, IdentityChoice(IdentityKind.NONE))
    problem = Problem(ProblemKind.FAILED, text, cause=f"{text} password=hunter2", advice=text, code=text)
    events = (Started(at), Progress(at, text, note=text), Failed(at, problem))
    return Operation(1, Verb.ATTACH, attachment.id, attachment, events)


def test_a_support_bundle_contains_no_control_characters_and_no_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("TERM", f"xterm{WORLDS[kind]}".replace("\x00", ""))
    state = tmp_path / "state"
    state.mkdir()
    # As version 0.1.0 wrote it.
    (state / LOG_NAME).write_bytes(f"{WORLDS[kind]} http://svc:hunter2#x@proxy".encode() + b"\xff\x9b")
    operation = failed_operation(f"{WORLDS[kind]}{ODD}")
    settings = gather(read_command_line(["--sandbox"], CHECKS), {}, checks=CHECKS)
    path = write_bundle(
        operation,
        f"{WORLDS[kind]}{ODD}",
        settings=settings,
        state=state,
        folder=tmp_path,
        now=datetime(2026, 11, 28, tzinfo=UTC),
    )
    with zipfile.ZipFile(path) as bundle:
        for name in bundle.namelist():
            text = bundle.read(name).decode()
            assert is_harmless(text), name
            assert "hunter2" not in text, name
        json.loads(bundle.read("operation.json"))


async def test_a_saved_export_is_harmless(
    stage: Stage, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    poison(stage, kind)
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("down", "down", "x")
        await says(pilot, stage, "in other tools' languages")
        for _ in range(6):
            await pilot.press("s", "right")
        await happened(pilot, lambda: len(list(tmp_path.iterdir())) >= 5)
    for file in tmp_path.iterdir():
        assert is_harmless(file.read_bytes().decode()), file.name
        assert not file.name.endswith(".part")


@pytest.mark.parametrize("name", sorted(STRINGS))
def test_command_line_errors_repeat_arguments_harmlessly(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([STRINGS[name]], [f"--{STRINGS[name]}"], ["--refresh", STRINGS[name]]):
        with pytest.raises(SystemExit) as ended:
            read_command_line(words, CHECKS)
        assert ended.value.code == 2
        errors = capsys.readouterr().err
        assert errors.startswith("usage: sparkpool")
        assert is_harmless(errors)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "iso-8859-1", "euc-jp"])
def test_any_text_is_printed_harmlessly_in_any_stream_encoding(encoding: str) -> None:
    for text in hostile_texts(5, 100):
        stream = io.TextIOWrapper(io.BytesIO(), encoding)
        write(stream, text, f"Authorization: Bearer hunter2 {text}")
        stream.seek(0)
        printed = stream.read()
        assert printed.count("\n") == 2
        assert is_harmless(printed)
        assert "hunter2" not in printed


async def paste_everything(pilot: Pilot[None], stage: Stage) -> None:
    """Paste every hostile string into the focused field and check what is drawn."""
    for text in (*STRINGS.values(), *hostile_texts(3, 10)):
        await paste(pilot, text)
        await pilot.pause()
        for strip in screen_strips(stage.app):
            assert is_harmless(strip.text), ascii(strip.text)
        await pilot.press("ctrl+u")


async def test_hostile_text_pasted_into_a_field_is_shown_harmlessly(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("slash")
        await paste_everything(pilot, stage)
        await pilot.press("escape", "w")
        await says(pilot, stage, "3 workspaces")
        await paste_everything(pilot, stage)
        await pilot.press("escape", "ctrl+p")
        await says(pilot, stage, "Search for commands")
        await paste_everything(pilot, stage)


def test_a_field_shows_as_many_characters_as_its_value_has() -> None:
    for text in (*hostile_texts(6, 200), f"e{chr(0x301) * 500}"):
        assert len(masked(text)) == len(text)
        assert is_harmless(masked(text))
        assert masked(masked(text)) == masked(text)
