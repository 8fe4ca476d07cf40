"""Any content of a file, an editor or another tool's settings gives values, or errors with their places."""

import json
import re
from pathlib import Path

import pytest

from tests.specs.test_specs import WORKSPACE
from tests.support.mutation import mutations
from tests.support.spec_cases import BASE, CASES
from tests.support.workspace_cases import config, profile, scope
from tui.setting_checks import CHECKS
from tui.settings import UnusableSettingsError, gather, read_command_line
from tui.settings.file import read_file
from tui.settings.pages import page, template
from tui.specs.files import parse_spec
from tui.specs.tags_file import read_tags_file, write_tags_file

SEEDS = range(4)
COUNT = 250

SPECS = tuple(case.text.encode() for case in CASES if case.is_taken and "\\ud800" not in case.text)
WORDS = write_tags_file("etl", "Nightly", {"team": "data", "a b": "x: y"}).encode()
SETTINGS = (
    template(CHECKS).replace("\n#", "\n").encode(),
    b'theme = "nord"\nrefresh = 60\n[locks]\nlocked = ["a", "b*"]\n[keys]\n"computes.attach" = "A"\n',
    b'[clouds.C]\nauthority = "https://a.example"\nresource_manager = "https://b.example"\n',
)
PROJECTS = (config().encode(), scope().encode())
AZ = (b"[cloud]\nname = AzureCloud\n[defaults]\ngroup = rg\nworkspace = ws\n", b"[defaults]\nsubscription = dev\n")
PROFILES = (profile(("11111111-1111-4111-8111-111111111111", "Dev", "AzureCloud", True)).encode(),)


def is_sentence(text: str) -> bool:
    """Whether a text can be shown on one line: no control characters and no raw words of a library."""
    return bool(text) and text.isprintable() and not re.search(r"Traceback|<[a-z]+ object|yaml\.|Error\(", text)


@pytest.mark.parametrize("seed", SEEDS)
def test_any_spec_file_gives_a_request_or_errors_with_their_places(seed: int) -> None:
    for data in mutations(seed, SPECS, COUNT):
        spec, problems = parse_spec(data)
        assert (spec is None) == bool(problems), data
        for problem in problems:
            assert problem.line >= 1, data
            assert problem.column >= 1, data
            assert problem.found, data
        if spec is not None:
            json.dumps(spec.request(WORKSPACE, None).document()).encode()
            assert all(spec.remarks(WORKSPACE, None)), data


@pytest.mark.parametrize("seed", SEEDS)
def test_any_editor_text_gives_tags_and_a_description_or_errors(seed: int) -> None:
    for data in mutations(seed, (WORDS, BASE.encode()), COUNT):
        description, tags, problems = read_tags_file(data)
        if not problems:
            again = read_tags_file(write_tags_file("etl", description or "", tags or {}).encode())
            assert again == (description or "", tags or {}, ()), data


@pytest.mark.parametrize("seed", SEEDS)
def test_any_settings_file_gives_settings_or_errors_with_their_places(seed: int) -> None:
    path = Path("/settings.toml")
    for data in mutations(seed, SETTINGS, COUNT // 2):
        _, _, problems = read_file(path, data, CHECKS)
        for problem in problems:
            assert re.match(r"/settings\.toml:\d+:\d+: .", problem), (problem, data)
            assert is_sentence(problem), (problem, data)


@pytest.mark.parametrize("seed", SEEDS)
def test_any_files_of_other_tools_give_a_workspace_or_a_reason_why_not(seed: int, tmp_path: Path) -> None:
    here, az = tmp_path / "project", tmp_path / "az"
    (here / ".azureml").mkdir(parents=True)
    az.mkdir()
    environment = {"AZURE_CONFIG_DIR": str(az)}
    made = zip(*(mutations(seed, bases, COUNT // 3) for bases in (PROJECTS, AZ, PROFILES)), strict=True)
    for project, defaults, subscriptions in made:
        (here / ".azureml" / "config.json").write_bytes(project)
        (az / "config").write_bytes(defaults)
        (az / "azureProfile.json").write_bytes(subscriptions)
        try:
            settings = gather(read_command_line([], CHECKS), environment, here, tmp_path / "none", checks=CHECKS)
        except UnusableSettingsError as error:
            sentences = error.problems
        else:
            sentences = (*settings.context.notes, page(settings, tmp_path / "none").replace("\n", " "))
            for value in (settings.subscription, settings.resource_group, settings.workspace_name, settings.cloud):
                assert value.isprintable(), (project, defaults, subscriptions)
        assert all(map(is_sentence, sentences)), sentences
