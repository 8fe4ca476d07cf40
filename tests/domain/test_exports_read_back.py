"""No text from Azure can add, end or replace a line of an export; a parser of each language reads it back."""

import ast
import copy
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.domain.test_edits import POOL, RAW
from tests.support.az_program import AzProgram
from tests.support.export_texts import READERS, read_yaml
from tui.cloud.mapping import compute_from, spark_pool_from
from tui.domain.attachment import Attachment
from tui.domain.azure_grants import AzureGrant, AzureGrants
from tui.domain.azure_roles import AzureRole
from tui.domain.clouds import CHINA, PUBLIC, US_GOVERNMENT, CloudProfile
from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.exports.jobs import use_it, use_serverless
from tui.domain.exports.languages import LANGUAGES
from tui.domain.exports.quoting import comment, shell
from tui.domain.exports.requests import ask_for_grants
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.identity_creation import IdentityCreation
from tui.domain.plan import Detachment, Plan, Request
from tui.domain.pool_change import PoolChange, PoolEdit
from tui.domain.pool_creation import DEFAULTS, PoolCreation
from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Grant, Removal, RoleChange, RoleMove
from tui.domain.roles import ADMINISTRATOR, RoleAssignment, RoleScope
from tui.domain.spark import SparkPool
from tui.domain.workspaces import SynapseWorkspace, Workspace

GUID = "516fb186-8a84-47a1-a265-6acb72ebb746"
HOSTILE = {
    "quotes": "a'b\"c`d''' \"\"\" \\",
    "lines": 'x"\nname: evil\r\n- item\n---\n### \nDELETE https://evil.example\n',
    "endings": "END_OF_FILE\nEND_OF_FILE\n)\n}\nexit 1\n",
    "templates": "${x} $${x} %{if} %%{x} {{$guid}} {{x}} #{x} {% raw %}",
    "commands": "$(touch pwned) `touch pwned`; touch pwned & touch pwned | touch pwned > pwned",
    "comments": "# // /* */ -- ; rem ''' @name x",
    "separators": "one\u2028two\u2029three\x85four\x0bfive\x0csix",
    "controls": "\x1b[2J\x1b]52;c;b3duZWQ=\x07\x08\x7f\x9b1A\u202etxt",
    "no text": "half \ud800 pair \udfff",
    "nothing": "nul \x00 nul",
    "option": "--yes -y",
    "words": "~ null true yes 1e3 *.x !! !ls %s %d \\n \\u0041 \\x41",
    "long": "z" * 4000,
}
CLOUDS = {
    "public": PUBLIC,
    "government": US_GOVERNMENT,
    "china": CHINA,
    "private": CloudProfile(
        "Contoso", "https://login.contoso.example", "https://arm.contoso.example", "s", "dev.contoso.example", "s"
    ),
}
LANGUAGE = {language.id: language.write for language in LANGUAGES}


def id_of(provider: str, *segments: tuple[str, str]) -> ResourceId:
    return ResourceId(GUID, "rg", provider, segments)


def plan(text: str) -> Plan:
    """Return a plan with every kind of step, and the text in every member that Azure or a user can fill."""
    workspace = id_of("Microsoft.MachineLearningServices", ("workspaces", f"w{text}"))
    pool = id_of("Microsoft.Synapse", ("workspaces", "syn"), ("bigDataPools", f"p{text}"))
    identities = tuple(
        id_of("Microsoft.ManagedIdentity", ("userAssignedIdentities", f"{name}{text}")) for name in ("i", "j")
    )
    synapse = SynapseWorkspace(pool.parent, text, f"https://{text}.evil.example")
    scope = RoleScope("syn", "bigDataPools", f"p{text}")
    grant = Grant(f"g{text}", ADMINISTRATOR, Principal(f"o{text}", text, text), scope)
    removal = Removal(RoleAssignment(f"a{text}", f"r{text}", f"q{text}", scope), text)
    change = RoleChange(synapse, pool, (grant,), (removal,))
    both = IdentityChoice(IdentityKind.SYSTEM_AND_USER, identities)
    tags = {f"k{text}": text, text: f"v{text}", "plain": "x"}
    described = compute(text, workspace, pool)
    told = compute(text, workspace, pool, disableLocalAuth=True, **{f"new{text}": text})
    requests: list[Request] = [
        Attachment(Workspace(workspace, text), f"n{text}", pool, both, text, tags, ADMINISTRATOR),
        ComputeEdit(described, Edit(identity=both), RoleMove(synapse, pool, ADMINISTRATOR, (grant,), True, (removal,))),
        ComputeEdit(described, Edit(identity=IdentityChoice(IdentityKind.USER, identities[:1]))),
        ComputeEdit(told, Edit(description=text, tags={f"k{text}": None, "more": text})),
        ComputeEdit(told, Edit()),
        Detachment(described),
        change,
        PoolCreation(synapse, f"s{text}", replace(DEFAULTS, version=text, node_size=text), tags),
        PoolChange(
            spark_pool(text, pool.parent.child("bigDataPools", f"u{text}")),
            PoolEdit(version=f"v{text}", tags={f"k{text}": None, "more": text}),
        ),
        PoolChange(spark_pool(text, pool.parent.child("bigDataPools", f"t{text}")), PoolEdit(nodes=7)),
        IdentityCreation(GUID, f"h{text}", f"n{text}", text, {**tags, "odd": "two words"}),
        IdentityCreation(GUID, f"h{text}", f"m{text}", "eastus2", {"team": "data"}),
        AzureGrants(id_of("Microsoft.Storage", ("storageAccounts", f"a{text}")), azure_roles(text)),
    ]
    return Plan.of(requests)


def azure_roles(text: str) -> tuple[AzureGrant, ...]:
    role = AzureRole(f"r{text}", text)
    return tuple(
        AzureGrant(f"{number}{text}", role, Principal(f"o{text}", text, kind))
        for number, kind in enumerate(("user-assigned identity", text))
    )


def compute(text: str, workspace: ResourceId, pool: ResourceId, **properties: Any) -> Compute:
    """Return a compute as Azure describes it; hostile ids are set afterwards because parsing is strict."""
    found = compute_from(raw(text, workspace, pool, **properties))
    return replace(found, name=f"c{text}", id=workspace.child("computes", f"c{text}"), attached_to=pool)


def spark_pool(text: str, pool: ResourceId) -> SparkPool:
    """Return a Spark pool with the text in every member that Azure fills, known or unknown."""
    file = {"filename": f"f{text}", "content": text}
    library = {"name": f"l{text}", "path": text, "containerName": text, "type": text, f"more{text}": text}
    properties = {
        **{member: f"{member}{text}" for member in ("sparkVersion", "nodeSize", "nodeSizeFamily")},
        "nodeCount": 5,
        "autoScale": {"enabled": False, "minNodeCount": 0, "maxNodeCount": 0},
        "autoPause": {"enabled": True, "delayInMinutes": 15},
        "libraryRequirements": file,
        "sparkConfigProperties": {**file, "configurationType": "File"},
        "customLibraries": [library, {}],
        "sparkEventsFolder": f"/{text}",
        "dynamicExecutorAllocation": {"enabled": False},
        f"new{text}": [text, 1.5, None, -3, 2**70, [], {text: [True, {}]}],
    }
    found = spark_pool_from(
        {"id": POOL, "location": text, "tags": {f"k{text}": text}, "properties": properties, f"top{text}": text}
    )
    assert found is not None
    return replace(found, id=pool)


def raw(text: str, workspace: ResourceId, pool: ResourceId, **properties: Any) -> dict[str, Any]:
    found = copy.deepcopy(RAW)
    found.update(name=f"c{text}", location=text, tags={f"k{text}": text})
    del found["sku"], found["identity"]["delegated"], found["properties"]["notKnownYet"]
    found["properties"].update(resourceId=str(pool), description=text, computeLocation=text, disableLocalAuth=False)
    found["properties"]["properties"] = {"sparkVersion": text, "nodeSize": text, "nodeSizeFamily": text}
    found["properties"].update(properties)
    return found


REPLACES = ("bicep", "terraform")
"""The languages that cannot express half a surrogate pair."""


def without_surrogates(text: str) -> str:
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


SAY_CLOUDS = {"rest": tuple(CLOUDS), "terraform": ("china", "private"), "bicep": ("private",), "yaml": ("public",)}
"""The clouds that change a language's text; the shell and Python have their own tests."""


@pytest.mark.parametrize(
    ("language", "cloud"), [(language, cloud) for language, clouds in SAY_CLOUDS.items() for cloud in clouds]
)
def test_every_text_is_read_back_unchanged(language: str, cloud: str) -> None:
    write, read = LANGUAGE[language], READERS[language]
    expected = read(write(plan("PLAIN"), CLOUDS[cloud]))
    for case, text in HOSTILE.items():
        written = write(plan(text), CLOUDS[cloud])
        assert all(one.isprintable() or one == "\n" for one in written), case
        wanted = without_surrogates(text) if language in REPLACES else text
        assert read(written) == _filled(expected, wanted), case


def _filled(value: Any, text: str) -> Any:
    if isinstance(value, dict):
        return {_filled(key, text): _filled(inner, text) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_filled(inner, text) for inner in value)
    return value.replace("PLAIN", text) if isinstance(value, str) else value


def _constants(tree: ast.AST) -> Iterator[Any]:
    yield from (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))


def _shape(tree: ast.AST) -> str:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = 0
    return ast.dump(tree)


@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=list(CLOUDS))
def test_python_keeps_its_statements_and_texts_with_hostile_input(cloud: CloudProfile) -> None:
    plain = ast.parse(LANGUAGE["python"](plan("PLAIN"), cloud))
    expected = [_filled(one, "{}") for one in _constants(plain)]
    for case, text in HOSTILE.items():
        written = LANGUAGE["python"](plan(text), cloud)
        tree = ast.parse(written)
        found = list(_constants(tree))
        hosts = [one for one in found if isinstance(one, str) and one.startswith("https://")]
        assert all(re.fullmatch(r"https://[^\s{}\"]+", host) for host in hosts), case
        assert [one.replace(text, "{}") if isinstance(one, str) and text else one for one in found] == expected, case
        assert _shape(tree) == _shape(ast.parse(LANGUAGE["python"](plan("PLAIN"), cloud))), case


def in_a_shell(folder: Path, put: str, cloud: CloudProfile, shell: str) -> tuple[Any, Any]:
    """Return the commands that the export runs, and the contents of the files passed to them."""
    written = LANGUAGE["az"](plan(put), cloud)
    assert all(one.isprintable() or one == "\n" for one in written)
    assert subprocess.run(["bash", "-n"], input=written, text=True, check=False).returncode == 0
    folder.mkdir()
    with AzProgram(folder, None, "/bigDataPools/s", "/userAssignedIdentities/") as program:
        done = program.run(written, shell)
    assert (done.returncode, program.mistakes) == (0, [])
    assert list(program.home.iterdir()) == []
    files = [read_yaml(file) if file and file[0] != "{" else file and json.loads(file) for file in program.files]
    ours = ("--file", "--body", "--url")
    commands = [
        (one.name, {key: one.options[key] for key in one.options if key not in ours}) for one in program.commands
    ]
    return commands, files


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_shell_keeps_its_commands_and_texts_with_hostile_input(tmp_path: Path, cloud: str) -> None:
    commands, files = in_a_shell(tmp_path / "plain", "PLAIN", CLOUDS[cloud], "bash")
    number = list(CLOUDS).index(cloud)
    for case in list(HOSTILE)[number :: len(CLOUDS)]:
        text = HOSTILE[case]
        found, held = in_a_shell(tmp_path / case, text, CLOUDS[cloud], "sh")
        assert found == _filled(commands, without_surrogates(text).replace("\x00", "\ufffd")), case
        # The body of `az rest` and the files keep the text even where a shell word cannot.
        assert held == _filled(files, text), case


@pytest.mark.parametrize("name", ["bash", "sh"])
def test_a_shell_word_that_begins_like_an_option_stays_a_word(name: str) -> None:
    for word in ("-v\u200bx", "--x\n", "-", "--\u200b"):
        done = subprocess.run([name, "-c", f"echo {shell(word)}."], capture_output=True, text=True, check=False)
        assert (done.stdout, done.stderr) == (f"{word}.\n", ""), word


def test_shell_comments_are_harmless_in_a_shell_that_does_not_support_them() -> None:
    """By default, zsh runs a pasted line that begins with `#`: it must become a single unknown command."""
    for case, text in HOSTILE.items():
        for cloud in CLOUDS.values():
            lines = LANGUAGE["az"](plan(text), cloud).split("\n(\n")[0].splitlines()
            script = "\n".join(re.sub("^#", "unknown", line) for line in lines)
            names = "unknown() { :; }\n"
            done = subprocess.run(
                ["bash", "-c", f"set -f\n{names}{script}"], capture_output=True, text=True, check=False, cwd="/"
            )
            assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), (case, cloud.name)


@pytest.mark.parametrize("case", HOSTILE)
def test_a_job_page_has_only_the_keys_that_we_wrote(case: str) -> None:
    text = HOSTILE[case]
    workspace = id_of("Microsoft.MachineLearningServices", ("workspaces", "w"))
    pool = id_of("Microsoft.Synapse", ("workspaces", "syn"), ("bigDataPools", "p"))
    for use in (use_it, use_serverless):
        expected = yaml.safe_load(use(compute("PLAIN", workspace, pool)))
        written = use(compute(text, workspace, pool))
        assert all(one.isprintable() or one == "\n" for one in written)
        assert yaml.safe_load(written) == _filled(expected, text)


@pytest.mark.parametrize("case", HOSTILE)
def test_a_message_to_an_administrator_has_only_the_lines_that_we_wrote(case: str) -> None:
    def message(text: str) -> str:
        scope = RoleScope("syn", "bigDataPools", text)
        return ask_for_grants((Grant(GUID, ADMINISTRATOR, Principal(text, text, text), scope),))

    written, plain = message(HOSTILE[case]), message("PLAIN")
    assert all(one.isprintable() or one == "\n" for one in written)
    ends = HOSTILE[case].endswith("\n")
    assert written.count("\n") == plain.count("\n") + 2 * ends * (len(HOSTILE[case]) - len(HOSTILE[case].rstrip("\n")))
    assert written.splitlines()[1].endswith(f"(object id {comment(HOSTILE[case])})")
