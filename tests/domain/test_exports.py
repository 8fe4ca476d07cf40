"""A plan keeps its meaning in the languages of other tools, whatever names it contains."""

import ast
import copy
import json
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.domain.test_edits import RAW, compute, identity_id, users
from tui.cloud.mapping import compute_from
from tui.domain.attachment import Attachment
from tui.domain.clouds import CHINA, PUBLIC, US_GOVERNMENT, CloudProfile
from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.exports import quoting
from tui.domain.exports.az import commands, specification
from tui.domain.exports.bicep import template
from tui.domain.exports.jobs import attached_job, serverless_job, use_it, use_serverless
from tui.domain.exports.languages import LANGUAGES
from tui.domain.exports.rest import requests
from tui.domain.exports.sdk import code
from tui.domain.exports.target import described
from tui.domain.exports.terraform import configuration
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.plan import Detachment, Plan
from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Grant, Removal, RoleMove
from tui.domain.roles import ADMINISTRATOR, RoleAssignment, RoleScope
from tui.domain.workspaces import SynapseWorkspace, Workspace
from tui.sandbox.seed import make_world
from tui.sandbox.seed_computes import HOSTILE_DESCRIPTION, HOSTILE_TAGS

POOL = ResourceId.parse(RAW["properties"]["resourceId"])
WORKSPACE = ResourceId.parse(RAW["id"]).parent
HOSTILE = (
    HOSTILE_DESCRIPTION,
    *HOSTILE_TAGS,
    *HOSTILE_TAGS.values(),
    "'; rm -rf / #",
    '"; DROP',
    "$(reboot) `id` ${var.x} %{if} \\n \\",
    "END_OF_FILE\nEND_OF_FILE",
    "\U0001f600 😀",
    "no",
    "1e3",
    "- a: b",
    "''' \"\"\"",
    " lead and trail ",
    "#",
    "@",
    "",
)


def attachment(**more: Any) -> Attachment:
    return Attachment(Workspace(WORKSPACE, "eastus2"), "etl-prod", POOL, users("id-a", "id-b"), **more)


def plain_compute(**changes: Any) -> Compute:
    """Return a compute that every tool can describe completely."""
    raw = copy.deepcopy(RAW)
    del raw["sku"], raw["identity"]["delegated"], raw["tags"]["odd"], raw["properties"]["notKnownYet"]
    raw["properties"]["disableLocalAuth"] = False
    return compute_from({**raw, **changes})


def hostile_plan() -> Plan:
    tags = {f"{number} {text}"[:500]: text for number, text in enumerate(HOSTILE)}
    return Plan.of([attachment(description=HOSTILE_DESCRIPTION, tags=tags)])


def python_calls(text: str) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]


def call(text: str, name: str) -> dict[str, Any]:
    """Return the literal keyword arguments of the first call of a function, read by Python's own parser."""
    (found, *_) = [one for one in python_calls(text) if ast.unparse(one.func).endswith(name)]
    return {
        one.arg: ast.literal_eval(one.value)
        for one in found.keywords
        if one.arg and not isinstance(one.value, ast.Call)
    }


def test_the_yaml_export_of_any_text_is_read_back_by_another_parser() -> None:
    document = yaml.safe_load(specification(hostile_plan()))
    assert document["name"] == "etl-prod"
    assert document["description"] == HOSTILE_DESCRIPTION
    assert list(document["tags"].values()) == list(HOSTILE)
    assert [one["resource_id"] for one in document["identity"]["user_assigned_identities"]] == [
        str(identity_id("id-a")),
        str(identity_id("id-b")),
    ]


def test_the_python_export_compiles_and_has_the_same_values() -> None:
    text = code(hostile_plan())
    compile(text, "export.py", "exec")
    arguments = call(text, "SynapseSparkCompute")
    assert arguments["description"] == HOSTILE_DESCRIPTION
    assert list(arguments["tags"].values()) == list(HOSTILE)
    assert arguments["resource_id"] == str(POOL)
    assert "ManagedIdentityConfiguration(resource_id=" in text
    assert "UserAssignedIdentity" not in text


def test_the_shell_commands_write_the_spec_file_and_run_nothing_else(tmp_path: Path) -> None:
    text = commands(hostile_plan())
    (tmp_path / "az").write_text('#!/bin/sh\nprintf "%s\\n" "$@" > said\ncp "$5" file\n')
    (tmp_path / "az").chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", text], cwd=tmp_path, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert {path.name for path in tmp_path.iterdir()} == {"az", "file", "said"}
    assert yaml.safe_load((tmp_path / "file").read_text("utf-8"))["description"] == HOSTILE_DESCRIPTION
    assert (tmp_path / "said").read_text().split("\n")[:4] == ["ml", "compute", "attach", "--file"]


def test_an_identity_change_uses_the_documented_update_command() -> None:
    text = commands(Plan.of([ComputeEdit(plain_compute(), Edit(identity=users("id-a", "id-b")))]))
    words = shlex.split(text[text.index("az ml compute update") :])
    assert words[words.index("--identity-type") + 1] == "UserAssigned"
    start = words.index("--user-assigned-identities") + 1
    # Documented: one value, its ids separated by commas.
    assert words[start] == f"{identity_id('id-a')},{identity_id('id-b')}"
    assert words[start + 1].strip() == ""
    assert words[start + 2].startswith("--")


def test_a_tag_change_uses_a_spec_file_because_the_update_command_takes_no_tags() -> None:
    text = commands(Plan.of([ComputeEdit(plain_compute(), Edit(tags={"a": "b"}))]))
    assert 'az ml compute attach --file "$folder/etl-prod.yml"' in text
    assert "az ml compute update" not in text


def test_a_detach_is_exported_in_every_language_and_never_as_a_delete() -> None:
    plan = Plan.of([Detachment(compute())])
    assert "az ml compute detach --name etl-prod" in commands(plan)
    assert "begin_delete(name='etl-prod', action=\"Detach\")" in code(plan)
    compile(code(plan), "export.py", "exec")
    assert "underlyingResourceAction=Detach" in requests(plan)
    assert all(line.startswith("#") for line in specification(plan).splitlines())
    assert all(line.startswith("//") for line in template(plan).splitlines())
    assert all(line.startswith("#") for line in configuration(plan).splitlines())


def test_the_rest_export_has_the_body_that_is_sent() -> None:
    edit = ComputeEdit(compute(), Edit(identity=users("id-a")))
    text = requests(Plan.of([edit]))
    assert text.startswith(f"PUT https://management.azure.com{edit.id}?api-version=2023-04-01\n")
    assert json.loads(text.split("\n\n", 1)[1]) == edit.document()


def test_bicep_keeps_local_authentication_disabled() -> None:
    text = template(described(compute()))
    assert "    disableLocalAuth: true\n" in text
    assert "  name: 'etl-prod'\n" in text
    assert "@2023-04-01' existing = {" in text


def test_terraform_imports_an_existing_compute_and_creates_a_new_one() -> None:
    text = configuration(described(compute()))
    assert f'import {{\n  to = azurerm_machine_learning_synapse_spark.etl_prod\n  id = "{RAW["id"]}"\n}}\n' in text
    assert "local_auth_enabled            = false" in text
    assert "import {" not in configuration(Plan.of([attachment()]))


def test_terraform_warns_that_a_change_replaces_the_imported_compute() -> None:
    change = configuration(Plan.of([ComputeEdit(compute(), Edit(tags={"owner": "ana"}))]))
    replaces = "# Terraform does not change etl-prod in place: it detaches the pool and attaches it again."
    assert change.startswith(f"{replaces}\n")
    assert "a new principal" in change
    assert replaces not in configuration(described(compute()))
    assert replaces not in configuration(Plan.of([attachment()]))


SYNAPSE = SynapseWorkspace(POOL.parent, "eastus2", "https://syn-prod.dev.azuresynapse.net")
COMES, GOES = "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"
FIRST, LAST = "bbbbbbbb-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"


def identity_change_with_roles(*, mints: bool = False) -> Plan:
    """Return a plan that grants a role to a new identity first and removes the old identity's role last."""
    scope = RoleScope.of_pool(POOL)
    grant = Grant(FIRST, ADMINISTRATOR, Principal(COMES, "id-a", "user-assigned identity"), scope)
    removal = Removal(RoleAssignment(LAST, ADMINISTRATOR.id, GOES, scope), "the system-assigned principal")
    move = RoleMove(SYNAPSE, POOL, ADMINISTRATOR, (grant,), mints, (removal,))
    kind = IdentityKind.SYSTEM_AND_USER if mints else IdentityKind.USER
    edit = Edit(identity=IdentityChoice(kind, (identity_id("id-a"),)))
    return Plan.of([ComputeEdit(plain_compute(), edit, move)])


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (
            commands,
            (f"--assignment-id {FIRST}", "az ml compute update", f"delete --workspace-name syn-prod --ids {LAST}"),
        ),
        (code, (FIRST, "begin_create_or_update", f"delete_role_assignment_by_id('{LAST}')")),
        (
            requests,
            (
                f"PUT https://syn-prod.dev.azuresynapse.net/roleAssignments/{FIRST}",
                "PUT https://management",
                f"DELETE https://syn-prod.dev.azuresynapse.net/roleAssignments/{LAST}",
            ),
        ),
    ],
)
def test_role_changes_are_exported_in_plan_order_where_the_language_supports_them(
    write: Callable[[Plan], str], words: tuple[str, ...]
) -> None:
    text = write(identity_change_with_roles())
    places = [text.index(one) for one in words]
    assert places == sorted(places)
    assert COMES in text


def test_a_new_system_assigned_principal_gets_its_role_after_the_update_in_each_language() -> None:
    plan = identity_change_with_roles(mints=True)
    az, python, rest = commands(plan), code(plan), requests(plan)
    # A separate assignment, because a failed look-up inside another command does not stop a shell.
    granted = "principal=$(az ml compute show --name etl-prod"
    assert az.index("az ml compute attach") < az.index(granted) < az.index('--assignee-object-id "$principal"')
    assert az.index('--assignee-object-id "$principal"') < az.index(LAST)
    assert python.index("begin_create_or_update") < python.index("compute.identity.principal_id") < python.index(LAST)
    assert (
        rest.index("PUT https://management") < rest.index('"principalId": "<identity.principalId>"') < rest.index(LAST)
    )
    assert "azurerm_machine_learning_synapse_spark.etl_prod.identity[0].principal_id" in configuration(plan)
    ast.parse(python)


def test_languages_without_role_support_say_that_roles_change_too() -> None:
    plan = identity_change_with_roles()
    assert "# The role changes are not part of this file" in specification(plan)
    assert yaml.safe_load(specification(plan))["name"] == "etl-prod"
    assert "Synapse's own roles have no ARM type" in template(plan)
    assert f'principal_id = "{COMES}"' in configuration(plan)
    assert "take the block of Synapse Administrator" in configuration(plan)
    assert "role changes" not in specification(described(compute()))


def test_the_grants_of_an_attach_are_exported_where_the_language_supports_them() -> None:
    plan = Plan.of([attachment(role=ADMINISTRATOR)])
    python, rest, terraform = code(plan), requests(plan), configuration(plan)
    ast.parse(python)
    assert python.count("roles.create_role_assignment(") == 2
    assert "user_assigned_identities.get" in python
    assert rest.count("<properties.principalId>") == 2
    assert "data.azurerm_user_assigned_identity.etlpool_id_b.principal_id" in terraform


def test_both_identity_types_are_spelled_as_each_tool_expects() -> None:
    both = IdentityChoice(IdentityKind.SYSTEM_AND_USER, (identity_id("id-a"),))
    plan = Plan.of([ComputeEdit(compute(), Edit(identity=both))])
    assert 'type = "SystemAssigned, UserAssigned"' in configuration(plan)
    assert "type: 'SystemAssigned,UserAssigned'" in template(plan)
    assert yaml.safe_load(specification(plan))["identity"]["type"] == "system_assigned,user_assigned"


def unquoted(text: str, quote: str, named: dict[str, str], unicode: str) -> str:
    """Return the value of a quoted string by the rules of its language; fail on invalid syntax."""
    import re

    assert text[0] == text[-1] == quote
    inner, out, at = text[1:-1], "", 0
    while at < len(inner):
        one = inner[at]
        assert one not in (quote, "\n", "\r")
        if one != "\\":
            out, at = out + one, at + 1
            continue
        if inner[at + 1] in named:
            out, at = out + named[inner[at + 1]], at + 2
            continue
        match = re.compile(unicode).match(inner, at)
        assert match
        out, at = out + chr(int(next(group for group in match.groups() if group), 16)), match.end()
    return out


COMMON = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}


@pytest.mark.parametrize("text", HOSTILE)
def test_a_bicep_string_keeps_its_text_and_is_never_an_expression(text: str) -> None:
    quoted = quoting.bicep(text)
    assert "${" not in quoted.replace("\\${", "")
    assert unquoted(quoted, "'", {**COMMON, "'": "'", "$": "$"}, r"\\u\{([0-9a-f]+)\}") == text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_terraform_string_keeps_its_text_and_is_never_a_template(text: str) -> None:
    quoted = quoting.terraform(text)
    plain = quoted.replace("$${", "\0").replace("%%{", "\1")
    assert "${" not in plain
    assert "%{" not in plain
    read = unquoted(plain, '"', {**COMMON, '"': '"'}, r"\\(?:u([0-9a-f]{4})|U([0-9a-f]{8}))")
    assert read.replace("\0", "${").replace("\1", "%{") == text


HOSTILE_CLOUD = CloudProfile(
    "O'Cloud\x1b]0;$(reboot)",
    "https://login.contoso.example",
    "https://arm.contoso.example/`id`",
    "https://arm.contoso.example/.default",
    "dev.contoso.example",
    "https://dev.contoso.example/.default",
)


@pytest.mark.parametrize("cloud", [PUBLIC, HOSTILE_CLOUD], ids=["public", "hostile"])
@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.id)
def test_no_export_contains_a_control_character(language: Any, cloud: CloudProfile) -> None:
    text = language.write(hostile_plan(), cloud)
    assert all(one.isprintable() or one == "\n" for one in text), language.id


def test_names_that_collide_as_identifiers_are_made_unique() -> None:
    second = ComputeEdit(compute(name="etl_prod", id=f"{WORKSPACE}/computes/etl_prod"), Edit())
    plan = Plan.of([ComputeEdit(compute(), Edit()), second])
    assert "azurerm_machine_learning_synapse_spark.etl_prod_2" in configuration(plan)
    assert "resource etl_prod_2 " in template(plan)


@pytest.mark.parametrize(
    ("name", "identity", "cores", "runtime", "instance"),
    [
        ("etl-prod", "managed", 8, "3.5", "standard_e8s_v3"),
        ("churn", "managed", 4, "3.5", "standard_e4s_v3"),
        ("scoring", "user_identity", 4, "3.5", "standard_e4s_v3"),
    ],
)
def test_a_spark_job_runs_on_the_attached_pool_and_its_serverless_form_needs_no_pool(
    name: str, identity: str, cores: int, runtime: str, instance: str
) -> None:
    compute = compute_from(next(one for one in make_world().computes if one["name"] == name))
    attached, serverless = yaml.safe_load(attached_job(compute)), yaml.safe_load(serverless_job(compute))
    assert (attached["type"], attached["compute"], attached["identity"]) == ("spark", name, {"type": identity})
    assert attached["conf"]["spark.executor.cores"] == cores
    assert "compute" not in serverless
    assert serverless["resources"] == {"instance_type": instance, "runtime_version": runtime}
    assert serverless["conf"] == attached["conf"]
    subscription = compute.id.subscription if compute.id else ""
    for written, job in ((use_it(compute), attached), (use_serverless(compute), serverless)):
        assert f"# az ml job create --file job.yml --subscription {subscription}" in written
        assert yaml.safe_load(written) == job


@pytest.mark.parametrize(
    ("cloud", "az", "python", "rest", "tf"),
    [
        (
            US_GOVERNMENT,
            "az cloud set --name AzureUSGovernment\n",
            "DefaultAzureCredential(authority='https://login.microsoftonline.us')",
            "PUT https://management.usgovcloudapi.net/subscriptions/",
            'environment = "usgovernment"',
        ),
        (
            CHINA,
            "az cloud set --name AzureChinaCloud\n",
            "    cloud='AzureChinaCloud',\n",
            "PUT https://management.chinacloudapi.cn/subscriptions/",
            'environment = "china"',
        ),
        (
            HOSTILE_CLOUD,
            "# Once on each machine: az cloud register --name ",
            "authority='https://login.contoso.example'",
            "PUT https://arm.contoso.example/`id`/subscriptions/",
            "metadata_host = ",
        ),
    ],
    ids=["government", "china", "private"],
)
def test_another_cloud_is_named_wherever_a_language_names_endpoints(
    cloud: CloudProfile, az: str, python: str, rest: str, tf: str
) -> None:
    plan = Plan.of([attachment()])
    assert az in commands(plan, cloud)
    assert python in code(plan, cloud)
    compile(code(plan, cloud), "export.py", "exec")
    assert rest in requests(plan, cloud)
    assert tf in configuration(plan, cloud).splitlines()[0]


def test_the_public_cloud_is_not_named_because_it_is_the_default_of_every_tool() -> None:
    plan = Plan.of([attachment()])
    assert "az cloud" not in commands(plan)
    assert "authority" not in code(plan)
    assert "environment" not in configuration(plan)


def test_the_name_of_another_cloud_never_adds_a_command() -> None:
    script = commands(Plan.of([attachment()]), HOSTILE_CLOUD).split("cat >", 1)[0]
    lines = [shlex.split(line) for line in script.splitlines() if line and not line.startswith("#")]
    assert [words[:3] for words in lines if words[0] == "az"] == [["az", "cloud", "set"]]
    assert [words[0] for words in lines] == ["(", "set", "az", "folder=$(mktemp", "trap"]
