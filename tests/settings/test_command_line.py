"""The command line: every flag, and arguments that are refused."""

import shlex
from pathlib import Path

import pytest

from tui.setting_checks import CHECKS, WITHOUT_SCREEN
from tui.settings import Settings, UnusableCommandLine, gather, read_command_line
from tui.settings.model import definitions
from tui.verbs import DETAILED, FLAGS, OUTPUT, PLAN_FILE, PLANNED, SENDING, VERBS, planning

GUID = "516fb186-8a84-47a1-a265-6acb72ebb746"
NOWHERE = Path("/nowhere")


def parse(words: list[str]) -> Settings:
    return gather(read_command_line(words, CHECKS), {"AZURE_CONFIG_DIR": str(NOWHERE)}, file=NOWHERE, checks=CHECKS)


def test_without_arguments_every_setting_has_its_default() -> None:
    assert parse([]) == Settings()
    assert parse([]).workspace is None


@pytest.mark.parametrize(
    ("words", "settings"),
    [
        (["--sandbox"], Settings(sandbox=True)),
        (["--sandbox", "--sandbox-size", "5000"], Settings(sandbox=True, sandbox_size=5000)),
        (["--sandbox", "--sandbox-size", "1"], Settings(sandbox=True, sandbox_size=1)),
        (["--sandbox", "--sandbox-world", "empty"], Settings(sandbox=True, sandbox_world="empty")),
        (["--sandbox", "--sandbox-world", "default"], Settings(sandbox=True)),
        (["--sandbox", "--sandbox-seed", "7"], Settings(sandbox=True, sandbox_seed=7)),
        (["--sandbox", "--sandbox-speed", "0.01"], Settings(sandbox=True, sandbox_speed=0.01)),
        (["--sandbox", "--sandbox-speed", "20"], Settings(sandbox=True, sandbox_speed=20.0)),
        (["--subscription", GUID], Settings(subscription=GUID)),
        (["--resource-group", "rg"], Settings(resource_group="rg")),
        (["-g", "rg"], Settings(resource_group="rg")),
        (["--workspace-name", "aml"], Settings(workspace_name="aml")),
        (["-w", "aml"], Settings(workspace_name="aml")),
        (["--auth", "device-code"], Settings(auth="device-code")),
        (["--tenant", "contoso.example"], Settings(tenant="contoso.example")),
        (["--client-id", GUID], Settings(client_id=GUID)),
        (["--az-timeout", "60"], Settings(az_timeout=60)),
        (["--cloud", "AzureChinaCloud"], Settings(cloud="AzureChinaCloud")),
        (["--ca-file", "ca.pem"], Settings(ca_file="ca.pem")),
        (["--connect-timeout", "5"], Settings(connect_timeout=5.0)),
        (["--read-timeout", "90"], Settings(read_timeout=90.0)),
        (["--theme", "ansi-dark"], Settings(theme="ansi-dark")),
        (["--ascii"], Settings(ascii_only=True)),
        (["--ascii", "--no-ascii"], Settings()),
        (["--refresh", "10"], Settings(refresh=10)),
        (["--refresh", "off"], Settings()),
        (["--columns", "ready, Pool,tags"], Settings(columns=("ready", "pool", "tags"))),
    ],
)
def test_each_flag_changes_its_setting(words: list[str], settings: Settings) -> None:
    assert parse(words) == settings


@pytest.mark.parametrize(
    "left_out", [["--subscription", GUID], ["-g", "rg"], ["-w", "aml"]], ids=["subscription", "group", "workspace"]
)
def test_a_workspace_needs_all_three_parts(left_out: list[str]) -> None:
    words = ["--subscription", GUID, "-g", "rg", "-w", "aml"]
    workspace = parse(words).workspace
    assert workspace is not None
    assert (workspace.subscription, workspace.resource_group, workspace.name) == (GUID, "rg", "aml")
    at = words.index(left_out[0])
    assert parse(words[:at] + words[at + 2 :]).workspace is None


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--sandbox-size", "0"], '"0" is not a number from 1 to 100000'),
        (["--sandbox-size", "100001"], '"100001" is not a number from 1 to 100000'),
        (["--sandbox-size", "many"], '"many" is not a number from 1 to 100000'),
        (["--sandbox-size", "1.5"], '"1.5" is not a number'),
        (["--sandbox-size=-3"], '"-3" is not a number'),
        (["--sandbox-size", "²"], '"²" is not a number'),
        (["--sandbox-world", "full"], '"full" is not one of default, empty'),
        (["--sandbox-speed", "0"], '"0" is not a number from 0.01 to 10000'),
        (["--sandbox-speed", "nan"], '"nan" is not a number'),
        (["--sandbox-speed", "inf"], '"inf" is not a number'),
        (["--sandbox-speed", "fast"], '"fast" is not a number'),
        (["--refresh", "9"], '"9" is not "off" or a number from 10 to 3600'),
        (["--refresh", "3601"], '"3601" is not "off" or a number from 10 to 3600'),
        (["--refresh", "often"], '"often" is not "off" or a number'),
        (["--refresh", "1_0"], '"1_0" is not "off" or a number'),
        (["--columns", "ready,pol"], '"pol" is not one of name, ready, pool'),
        (["--columns", "ready,pool,ready"], '"ready" is there twice'),
        (["--sandbox-seed", "x"], '"x" is not a number from'),
        (["--client-id", "prod"], '"prod" is not a GUID'),
        (["--theme", "ansi-drak"], '"ansi-drak" is not a theme of Textual'),
        (["--init"], "sparkpool settings --init"),
        (["sandbox"], '"sandbox" is not a verb. Verbs: list, show, '),
        (["--workspce-name", "x"], '"--workspce-name" is not known here. Did you mean "--workspace-name"?'),
        (["--auth", "magic"], '"magic" is not one of auto, cli, device-code'),
        (["--tenant", "a b"], '"a b" is not a tenant\'s GUID or domain'),
        (["--az-timeout", "0"], '"0" is not a number from 1 to 600'),
        (["--no-such-flag"], '"--no-such-flag" is not known here.'),
        (["--read-only=yes"], "error: --read-only/--no-read-only takes no value."),
        (["settings", "--init=x\ny"], "error: --init takes no value."),
        (["--mouse"], '"--mouse" was removed: sparkpool does not support the mouse; leave it out.'),
        (["--no-mouse", "--sandbox"], '"--no-mouse" was removed: sparkpool does not support the mouse; leave it out.'),
        (["--mouse=true"], '"--mouse" was removed: sparkpool does not support the mouse; leave it out.'),
        (["--theme"], "expected one argument"),
    ],
)
def test_an_invalid_argument_is_refused_with_the_reason(
    words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        parse(words)
    assert left.value.code == 2
    assert why in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "flag"),
    [
        (["--sandbox-size", "5"], "--sandbox-size"),
        (["--sandbox-world", "empty"], "--sandbox-world"),
        (["--sandbox", "--sandbox-size", "5", "--sandbox-world", "empty"], "--sandbox-size"),
        (["--sandbox-seed", "5"], "--sandbox-seed"),
        (["--sandbox-speed", "5"], "--sandbox-speed"),
        (["doctor", "--sandbox-speed", "5"], "--sandbox-speed"),
        (["settings", "--file", "x.yml"], "--file"),
        (["doctor", "-f", "x.yml"], "--file"),
    ],
)
def test_a_flag_that_would_have_no_effect_is_refused(
    words: list[str], flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        parse(words)
    assert left.value.code == 2
    assert f"{flag} " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "verb", "names", "options"),
    [
        (["list"], "list", (), {}),
        (["--sandbox", "-o", "json", "list"], "list", (), {"output": "json"}),
        (["-w", "aml", "show", "etl", "--raw", "-g", "rg"], "show", ("etl",), {"raw": True}),
        (["show", "-n", "etl"], "show", ("etl",), {}),
        (["check", "a", "--sandbox", "b", "--name", "c"], "check", ("a", "b", "c"), {}),
        (["list", "--fields", "name, id,name"], "list", (), {"fields": ("name", "id")}),
        (["export", "--as", "yaml", "a"], "export", ("a",), {"language": "yaml"}),
        (["show", "--", "--etl"], "show", ("--etl",), {}),
        (["help", "keys"], "help", ("keys",), {}),
        (["completion", "zsh"], "completion", ("zsh",), {}),
        (["settings", "--init"], "settings", (), {"init": True}),
    ],
)
def test_flags_stand_before_and_behind_a_verb(
    words: list[str], verb: str, names: tuple[str, ...], options: dict[str, object]
) -> None:
    said = read_command_line(words, CHECKS)
    assert (said.verb, said.words, said.options) == (verb, names, options)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["lst"], 'Did you mean "list"?'),
        (["show"], "show needs NAME, the name of a compute: sparkpool show etl-prod"),
        (["show", "a", "b"], '"b" is not known here.'),
        (["list", "a"], '"a" is not known here.'),
        (["list", "--raw"], "--raw has no effect with list, only with show; leave it out."),
        (["doctor", "-o", "json"], "--output has no effect with doctor"),
        (["--raw"], "--raw needs a verb: sparkpool show --raw"),
        (["--name", "x"], "--name has no effect without a verb"),
        (["list", "--name", "x"], "--name has no effect with list"),
        (["list", "-o", "jsn"], '"jsn" is not one of table, json, jsonl, tsv. Did you mean "json"?'),
        (["list", "--outptu", "json"], 'Did you mean "--output"?'),
        (["export", "a"], "export needs --as LANGUAGE: one of yaml, az, python, rest, bicep, terraform."),
        (["export", "a", "--as", "yml"], '"yml" is not one of yaml,'),
        (["completion", "ksh"], '"ksh" is not one of bash, zsh, fish.'),
        (["completion"], "completion needs SHELL"),
        (["list", "-f", "x.yml"], "--file opens a spec file on the screen and has no effect with list"),
    ],
)
def test_a_verb_that_cannot_be_run_is_refused_with_the_reason(
    words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UnusableCommandLine) as refused:
        parse(words)
    assert refused.value.code == 2
    assert why in refused.value.reason
    assert refused.value.reason in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(VERBS))
@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_the_help_of_a_verb_begins_with_examples_and_has_its_flags_and_fields(
    name: str, columns: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    for words in ([name, "--help"], ["--help", name], ["-h", name, "--sandbox"]):
        with pytest.raises(SystemExit) as left:
            parse(words)
        assert left.value.code == 0
    shown = capsys.readouterr().out
    verb = VERBS[name]
    examples = [shown.index(f"sparkpool {example.command}") for example in verb.examples]
    assert examples == sorted(examples)
    assert examples[-1] < shown.index("flags:")
    assert all(flag in shown for row in verb.flags for flag in FLAGS[row].flags)
    assert all(field in shown for field in verb.fields)


def test_no_flag_has_two_meanings_except_the_output_of_plan_which_is_a_file() -> None:
    flags = [flag for definition in definitions() for flag in definition.flags]
    flags += [flag for row in FLAGS.values() for flag in row.flags if row.name != PLAN_FILE]
    flags += dict.fromkeys(flag for verb in VERBS.values() if verb.words for flag in verb.words.flags)
    assert len(flags) == len(set(flags))


@pytest.mark.parametrize("name", PLANNED)
def test_plan_takes_the_words_and_flags_of_a_verb_that_say_what_to_do(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    with pytest.raises(SystemExit) as left:
        read_command_line(["plan", name, "--help"], WITHOUT_SCREEN)
    shown = capsys.readouterr().out
    assert left.value.code == 0
    for example in planning(name).examples:
        assert f"sparkpool {example.command}" in shown
        said = read_command_line(shlex.split(example.command), WITHOUT_SCREEN)
        assert (said.verb, said.words[0]) == ("plan", name)
        assert {PLAN_FILE, DETAILED} & set(said.options)
    own = set(VERBS[name].flags) - set(SENDING)
    assert all(FLAGS[flag].flags[-1] in shown for flag in own)
    assert not any(FLAGS[flag].flags[-1] in shown for flag in SENDING if flag != OUTPUT)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ([], "plan needs VERB"),
        (["list"], "not one of attach, update, detach, grant, revoke"),
        (["detatch", "etl-prod"], "detach"),
        (["detach"], "plan detach needs NAME"),
        (["attach"], "plan attach needs --file"),
        (["attach", "--resource-id", "/x"], "plan attach needs a name with --resource-id"),
        (["attach", "adhoc", "-f", "pool.yml"], "adhoc has no effect with --file"),
        (["attach", "-f", "pool.yml", "--tag", "a=b"], "--tag has no effect with --file"),
        (["update", "a", "b"], '"b" is not known here'),
        (["detach", "etl-prod", "--yes"], "--yes has no effect with plan detach"),
        (["detach", "etl-prod", "--grant"], "--grant has no effect with plan detach"),
        (["grant", "etl-prod", "--fields", "id"], "--fields has no effect with plan grant"),
    ],
)
def test_plan_refuses_what_its_verb_does_not_have(
    capsys: pytest.CaptureFixture[str], words: list[str], part: str
) -> None:
    with pytest.raises(UnusableCommandLine):
        read_command_line(["plan", *words], WITHOUT_SCREEN)
    assert part in capsys.readouterr().err


def test_a_flag_of_another_tool_gets_no_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    for word in ("--set", "--output", "--query", "--no-wait", "--only-show-errors"):
        with pytest.raises(SystemExit):
            parse([word])
        assert "Did you mean" not in capsys.readouterr().err


def test_help_lists_the_flags_and_version_prints_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        parse(["--help"])
    assert left.value.code == 0
    shown = capsys.readouterr().out
    for flag in (
        "--sandbox",
        "--sandbox-world",
        "--sandbox-size",
        "--sandbox-seed",
        "--sandbox-speed",
        "--subscription",
    ):
        assert flag in shown
    for flag in ("--resource-group", "-g", "--workspace-name", "-w", "--theme", "--ascii", "--version"):
        assert flag in shown
    with pytest.raises(SystemExit) as left:
        parse(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith("sparkpool ")
