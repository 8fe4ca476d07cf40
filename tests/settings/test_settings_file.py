"""The settings file: what it sets, what takes precedence over it, and how its errors are reported."""

import os
import stat
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.terminal import Terminal
from tui.__main__ import main
from tui.cloud.profile import find_profile
from tui.domain.clouds import US_GOVERNMENT
from tui.home import settings_file
from tui.setting_checks import CHECKS
from tui.settings import Settings, UnusableSettingsError, gather, read_command_line
from tui.settings.model import definitions
from tui.settings.pages import template
from tui.settings.positions import positions_of

GUID = "516fb186-8a84-47a1-a265-6acb72ebb746"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of the settings file, for this process too; the file does not exist yet."""
    for name in [name for name in os.environ if name.startswith(("SPARKPOOL_", "AZURE_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("AZURE_CONFIG_DIR", str(tmp_path / "azure"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sparkpool").mkdir()
    return tmp_path / "sparkpool" / "settings.toml"


def _nothing_of_others(file: Path) -> dict[str, str]:
    return {"AZURE_CONFIG_DIR": str(file.parent / "azure")}


def settings(file: Path, *words: str, environment: Mapping[str, str] | None = None) -> Settings:
    line = read_command_line(words, CHECKS)
    return gather(line, {**_nothing_of_others(file), **(environment or {})}, file=file, checks=CHECKS)


def problems(file: Path, environment: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(UnusableSettingsError) as caught:
        settings(file, environment=environment)
    return [problem.removeprefix(f"{file}:") for problem in caught.value.problems]


def test_the_settings_file_follows_the_xdg_specification(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ana")
    for base, folder in (("/etc/xdg", "/etc/xdg"), ("relative", "/home/ana/.config"), ("", "/home/ana/.config")):
        monkeypatch.setenv("XDG_CONFIG_HOME", base)
        assert settings_file() == Path(folder) / "sparkpool" / "settings.toml"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    assert settings_file() == Path("/home/ana/.config/sparkpool/settings.toml")


def test_without_a_file_every_setting_has_its_default(file: Path) -> None:
    assert settings(file) == Settings()
    assert str(settings(file).origin("theme")) == "default"


def test_precedence_is_flag_environment_file_and_each_value_knows_its_origin(
    file: Path,
) -> None:
    file.write_text('theme = "nord"\n\nread-only = true\nascii = true\n')
    environment = {"SPARKPOOL_THEME": "gruvbox", "SPARKPOOL_READ_ONLY": "off"}
    found = settings(file, "--theme", "dracula", environment=environment)
    assert (found.theme, found.read_only, found.ascii_only) == ("dracula", False, True)
    assert str(found.origin("theme")) == "flag --theme"
    assert str(found.origin("read_only")) == "environment SPARKPOOL_READ_ONLY"
    assert str(found.origin("ascii_only")) == f"file {file}:4"
    assert settings(file, "--no-ascii").ascii_only is False


def test_variables_of_azure_tools_are_read_and_ours_take_precedence(file: Path) -> None:
    environment = {
        "AZURE_SUBSCRIPTION_ID": GUID,
        "AZURE_DEFAULTS_GROUP": "rg",
        "AZURE_DEFAULTS_WORKSPACE": "aml",
        "SPARKPOOL_WORKSPACE_NAME": "ours",
    }
    found = settings(file, environment=environment)
    assert (found.subscription, found.resource_group, found.workspace_name) == (GUID, "rg", "ours")
    assert str(found.origin("resource_group")) == "environment AZURE_DEFAULTS_GROUP"
    assert settings(file, environment={"SPARKPOOL_THEME": ""}).theme == "sparkpool"


def test_all_errors_are_reported_at_once_with_line_column_and_suggestion(file: Path) -> None:
    file.write_text(
        "# mine\n"
        'them = "nord"\n'
        '  ascii = "yes"\n'
        'theme = "norb"\n'
        'resource_group = "rg"\n'
        "workspace-name = 3\n"
        "sandbox = true\n"
        "[no.such]\n"
        "table = 1\n"
    )
    assert problems(file, {"SPARKPOOL_ASCII": "perhaps"}) == [
        '2:1: "them" is not a setting. Did you mean "theme"?',
        '3:3: ascii: "yes" is not true or false',
        '4:1: theme: "norb" is not a theme of Textual, such as ansi-dark, nord or textual-light',
        '5:1: "resource_group" is not a setting. Did you mean "resource-group"?',
        '6:1: workspace-name: "3" is not text',
        '7:1: "sandbox" is only a flag: sparkpool --sandbox',
        '8:2: "no" is not a setting.',
        'SPARKPOOL_ASCII: "perhaps" is not true or false',
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"theme = nord\n", "1:9: this is not valid TOML: Invalid value"),
        (b'theme = "nord"\ntheme = "nord"\n', "2:15: this is not valid TOML: Cannot overwrite a value"),
        (b'ascii = true\ntheme = "nord', "2:14: this is not valid TOML: Unterminated string at the end of the file"),
        (b'# \xc3\xa4\ntheme = "\xe4"\n', "2:10: the byte 0xE4 is here, so the file is not UTF-8; save it as that"),
        (b"\xff\xfet\x00", "1:1: the byte 0xFF is here, so the file is not UTF-8; save it as that"),
        (b"theme = " + b"[" * 3000, "1:1: it is nested too deeply for settings"),
        (b'theme = "a\\u001b[31m"\n', '1:1: theme: "a\ufffd[31m" is not a theme of Textual'),
        (b"theme = 2020-01-01\n", '1:1: theme: "a date" is not a theme of Textual'),
        (b"theme = nan\n", '1:1: theme: "NaN" is not a theme of Textual'),
    ],
)
def test_an_invalid_file_is_reported_with_place_and_reason(file: Path, text: bytes, problem: str) -> None:
    file.write_bytes(text)
    (found,) = problems(file)
    assert found.startswith(problem)


def test_a_removed_setting_is_reported_with_the_reason(file: Path) -> None:
    file.write_text('theme = "nord"\nmouse = true\n')
    assert problems(file) == ['2:1: "mouse" was removed: sparkpool does not support the mouse; delete this line.']


def test_a_file_with_a_byte_order_mark_and_crlf_line_endings_is_read(file: Path) -> None:
    file.write_bytes(b'\xef\xbb\xbfascii = true\r\ntheme = "nord"\r\n')
    assert settings(file).theme == "nord"
    assert str(settings(file).origin("theme")) == f"file {file}:2"


def test_an_unreadable_settings_file_is_an_error(file: Path) -> None:
    file.mkdir()
    with pytest.raises(UnusableSettingsError) as caught:
        settings(file)
    assert caught.value.problems == (f"{file} cannot be read: Is a directory",)


def test_invalid_settings_end_the_program_with_status_2_before_any_screen(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text("them = 1\nascii = 2\n")
    assert main(["--sandbox"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        "sparkpool: these settings cannot be used:",
        f'  {file}:1:1: "them" is not a setting. Did you mean "theme"?',
        f'  {file}:2:1: ascii: "2" is not true or false',
    ]


def test_settings_init_writes_a_neutral_template_and_never_overwrites_a_file(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["settings", "--init"]) == 0
    assert str(file) in capsys.readouterr().out
    assert settings(file) == Settings()
    file.write_text("ascii = true\n")
    assert main(["settings", "--init"]) == 1
    assert f"{file} already exists and stays unchanged." in capsys.readouterr().err
    assert file.read_text() == "ascii = true\n"


def test_settings_init_creates_a_private_folder_or_reports_why_not(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.parent.rmdir()
    assert main(["settings", "--init"]) == 0
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    file.unlink()
    file.parent.rmdir()
    file.parent.write_text("in the way")
    assert main(["settings", "--init"]) == 1
    assert f"{file} cannot be written: " in capsys.readouterr().err


def test_the_template_has_every_setting_of_a_file_and_is_valid_when_uncommented(file: Path) -> None:
    lines = [
        line[1:] if line.startswith("#") and not line.startswith("# ") else line
        for line in template(CHECKS).splitlines()
    ]
    file.write_text("\n".join(lines))
    kept = {definition.key for definition in definitions() if definition.kept}
    assert set(tomllib.loads(file.read_text())) == kept
    settings(file)
    assert all(len(line) <= 120 for line in template(CHECKS).splitlines())


def test_settings_shows_the_file_and_every_value_with_its_origin(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["settings"]) == 0
    assert f"settings file  {file}   (missing; sparkpool settings --init writes one)" in capsys.readouterr().out
    file.write_text("\nread-only = true\n")
    assert main(["--theme", "nord", "settings"]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert f"settings file {file}" in lines
    assert f"read-only true file {file}:2" in lines
    assert 'theme "nord" flag --theme' in lines
    assert "ascii false default" in lines
    assert "subscription (not set) default" in lines


_TOML = '''\
a = 1 # [not.a.table]
"quoted key" = "= [x] # \\" y"
'it is' = 1
b.c . d = {e = 1, "f g" = [1, {h = 2}], i.j = "}"}
list = [
  "one, two", # ]
  [1, 2],
  {x = 1},
]
text = """
[no]
key = "quoted"" """"
raw = \'\'\'
[no] \\\'\'\'\'
when = 1979-05-27 07:32:00
[t]
u = -1.5e3
[t.v . "w.x"]
y = 1
[[arr]]
n = 1
[[arr]]
n = 2
[arr.sub]
m = 3
[[arr.deep]]
k = 4
'''


def test_every_key_of_a_toml_text_is_located_by_line_and_column() -> None:
    positions = positions_of(_TOML)
    lines = _TOML.splitlines()

    def walk(value: object, path: tuple[str, ...]) -> None:
        pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, inner in pairs:
            here = (*path, str(key))
            line, column = positions[here]
            if isinstance(key, str):
                assert lines[line - 1][column - 1 :].lstrip("\"'").startswith(key), here
            walk(inner, here)

    document = tomllib.loads(_TOML)
    walk(document, ())
    assert positions["arr", "1", "n"] == (23, 1)
    assert positions["arr", "1", "deep", "0", "k"] == (27, 1)
    assert positions["b", "c", "d", "f g", "1", "h"] == (4, 32)
    assert positions["t", "v", "w.x", "y"] == (19, 1)
    assert len(positions) == _count(document)


def _count(value: object) -> int:
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return len(inner) + sum(map(_count, inner))


CLOUD = """
[clouds.Contoso]
authority = "https://login.contoso.example"
resource_manager = "https://arm.contoso.example"
"""


def test_a_private_cloud_is_a_table_and_is_selected_by_name(file: Path) -> None:
    file.write_text(f'cloud = "contoso"\n{CLOUD}')
    found = settings(file)
    profile = find_profile(found.cloud, found.clouds)
    assert (profile.name, profile.authority) == ("Contoso", "https://login.contoso.example")
    assert find_profile(settings(file, "--cloud", "AzureUSGovernment").cloud, found.clouds) is US_GOVERNMENT
    assert settings(file, environment={"AZURE_CLOUD_NAME": "AzureChinaCloud"}).cloud == "AzureChinaCloud"


def test_all_errors_in_a_private_cloud_are_reported_with_their_lines(file: Path) -> None:
    file.write_text('[clouds.Contoso]\nauthority = "http://login"\nwho = 1\n\n[clouds.AzureCloud]\n')
    assert [problem.split(": ", 2)[::2] for problem in problems(file)] == [
        ["1:9", 'the cloud "Contoso" needs resource_manager = "https://management.contoso.example"'],
        [
            "2:1",
            'authority: "http://login" is not a valid address, such as "https://login.contoso.example"',
        ],
        [
            "3:1",
            '"who" is not one of its keys. A cloud has authority, resource_manager, scope, synapse_suffix, '
            "synapse_scope, validates_authority.",
        ],
        ["5:9", 'the cloud "AzureCloud" needs authority = "https://login.contoso.example"'],
        ["5:9", 'the cloud "AzureCloud" needs resource_manager = "https://management.contoso.example"'],
        ["5:9", "AzureCloud is one of Azure's own clouds; choose another name"],
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--cloud", "AzureUSGov"], '--cloud: There is no cloud "AzureUSGov"; known clouds: AzureCloud,'),
        (["--ca-file", "/nowhere/ca.pem"], "The certificates in /nowhere/ca.pem cannot be read: No such file"),
    ],
)
def test_an_unknown_cloud_or_missing_ca_file_stops_the_program_with_one_sentence(
    file: Path, words: list[str], told: str, tmp_path: Path
) -> None:
    terminal = Terminal([sys.executable, "-m", "tui", *words], tmp_path, environment={"XDG_CONFIG_HOME": str(tmp_path)})
    try:
        assert terminal.ended() == 2
        assert f"sparkpool: {told}" in " ".join(terminal.text.split())
    finally:
        terminal.close()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('theme = "nord"\ncloud = "AzureClod"\n', '{file}:2: There is no cloud "AzureClod"; known clouds: '),
        (
            '\nca-file = "/none.pem"\n',
            "The certificates in /none.pem cannot be read: No such file or directory. Fix {file}:2",
        ),
    ],
)
def test_the_settings_command_reports_a_bad_cloud_or_ca_file_with_status_2(
    file: Path, capsys: pytest.CaptureFixture[str], text: str, problem: str
) -> None:
    file.write_text(text)
    assert main(["settings"]) == 2
    told = capsys.readouterr()
    assert told.out.startswith(f"settings file  {file}\n")
    assert told.err.startswith(f"sparkpool: {problem.format(file=file)}")


@pytest.mark.parametrize(("written", "refresh"), [("30", 30), ('"off"', None), ("false", None)])
def test_the_refresh_interval_is_a_number_or_off(file: Path, written: str, refresh: int | None) -> None:
    file.write_text(f"refresh = {written}\n")
    assert settings(file).refresh_seconds == refresh


def test_the_columns_of_the_list_are_kept_in_their_order(file: Path) -> None:
    file.write_text('columns = ["pool", "ready"]\n')
    assert settings(file).columns == ("pool", "ready")


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ('"pool"', '1:1: columns: "pool" is not a list of some of name, ready'),
        ('["reddy"]', 'Did you mean "ready"?'),
        ("[3]", '"3" is not one of name, ready'),
        ('["pool", "pool"]', '"pool" is there twice'),
    ],
)
def test_columns_that_the_list_does_not_have_are_refused(file: Path, written: str, problem: str) -> None:
    file.write_text(f"columns = {written}\n")
    (said,) = problems(file)
    assert problem in said


def test_without_a_settings_file_no_unneeded_module_is_imported(file: Path) -> None:
    program = (
        "import sys; from tui.settings import gather, read_command_line; import os; from tui.__main__ import CHECKS; "
        "gather(read_command_line(['--theme', 'sparkpool'], CHECKS), os.environ, checks=CHECKS); "
        "print([name for name in sys.modules if name.startswith(('tomllib', 'tui.settings.file', 'tui.settings.pages', "
        "'tui.doctor', 'tui.ui', 'tui.cloud', 'textual', 'azure', 'configparser', 'difflib'))])"
    )
    own = {**os.environ, "AZURE_CONFIG_DIR": str(file.parent)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=own)
    assert done.stdout.strip() == "[]"
