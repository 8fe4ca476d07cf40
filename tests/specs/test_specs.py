"""A spec file is read as az ml reads it, and all its errors are reported at once with their places."""

import errno
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.domain.test_edits import compute, identity_id
from tests.domain.test_exports import HOSTILE, attachment
from tests.support.patience import PATIENCE_SECONDS
from tests.support.spec_cases import CASES, SpecCase
from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.errors import Problem
from tui.domain.exports.az import specification
from tui.domain.exports.target import described
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.names import check_compute_name
from tui.domain.plan import Plan
from tui.domain.resource_id import ResourceId
from tui.domain.spec import Spec
from tui.domain.workspaces import Workspace
from tui.specs.files import MOST_BYTES, parse_spec, read_spec
from tui.specs.tags_file import read_tags_file, write_tags_file

DOCUMENTED = Path(os.environ.get("SPARKPOOL_AZURE_DATA", Path(__file__).parents[3] / "shared" / "azure")) / "documented"
POOL = (
    "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg-ml/providers/Microsoft.Synapse"
    "/workspaces/syn-prod/bigDataPools/etlpool"
)
WORKSPACE = Workspace(ResourceId.parse(str(compute().id)).parent, "eastus2")
GOOD = f"name: etl-prod\ntype: synapsespark\nresource_id: {POOL}\n"
GUID = "11111111-2222-4333-8444-555555555555"


def spec(text: str) -> Spec:
    read, problems = parse_spec(text.encode())
    assert problems == ()
    assert read is not None
    return read


def said(text: str | bytes) -> list[str]:
    read, problems = parse_spec(text if isinstance(text, bytes) else text.encode())
    assert read is None
    return [str(problem) for problem in problems]


def documented() -> list[Path]:
    return sorted(path for path in DOCUMENTED.glob("*.y*ml")) if DOCUMENTED.is_dir() else []


@pytest.mark.skipif(
    not DOCUMENTED.is_dir(), reason=f"no documented files of Azure in {DOCUMENTED}; SPARKPOOL_AZURE_DATA names them"
)
@pytest.mark.parametrize("path", documented(), ids=lambda path: path.name)
def test_every_documented_file_is_read_after_its_placeholders_are_filled(path: Path) -> None:
    text = path.read_text("utf-8")
    placeholders = re.findall(r"<[A-Z_]+>", text)
    if placeholders:
        problems = said(text)
        assert len(problems) == len(placeholders)
        assert all("is still a placeholder" in problem for problem in problems)
    filled = text.replace("<SUBSCRIPTION_ID>", GUID).replace("subscriptions/dummy", f"subscriptions/{GUID}")
    read = spec(re.sub(r"<[A-Z_]+>", "some-name", filled))
    assert read.pool.type == "Microsoft.Synapse/workspaces/bigDataPools"
    assert (read.identity is None) == ("identity:" not in text)


def test_schema_comments_tags_and_description_are_read() -> None:
    read = spec(
        "$schema: https://azuremlschemas.azureedge.net/latest/synapsesparkCompute.schema.json\n"
        f"# a comment\n{GOOD}description: |\n  Two\n  lines\n"
        "tags: {team: data, cost: '42', 'on': 'yes', empty: ''}\nlocation: eastus2 # here\n"
    )
    assert read.description == "Two\nlines\n"
    assert read.tags == {"team": "data", "cost": "42", "on": "yes", "empty": ""}
    assert read.location == "eastus2"


@pytest.mark.parametrize("word", ["system_assigned", "SystemAssigned", "systemAssigned", "SYSTEM_ASSIGNED"])
def test_every_spelling_of_an_identity_type_is_read(word: str) -> None:
    assert spec(f"{GOOD}identity:\n  type: {word}\n").identity == IdentityChoice(IdentityKind.SYSTEM)


@pytest.mark.parametrize("word", ["user_assigned", "UserAssigned"])
def test_user_assigned_identities_keep_their_order(word: str) -> None:
    items = "".join(f"    - resource_id: {identity_id(name)}\n" for name in ("id-b", "id-a"))
    read = spec(f"{GOOD}identity:\n  type: {word}\n  user_assigned_identities:\n{items}")
    assert read.identity == IdentityChoice(IdentityKind.USER, (identity_id("id-b"), identity_id("id-a")))


@pytest.mark.parametrize("word", ['"system_assigned,user_assigned"', "SystemAssigned, UserAssigned"])
def test_both_identity_types_at_once_are_read(word: str) -> None:
    read = spec(
        f"{GOOD}identity:\n  type: {word}\n  user_assigned_identities:\n    - resource_id: {identity_id('id-a')}\n"
    )
    assert read.identity == IdentityChoice(IdentityKind.SYSTEM_AND_USER, (identity_id("id-a"),))


def test_the_type_is_read_in_any_letter_case() -> None:
    assert spec(GOOD.replace("synapsespark", "SynapseSpark")).name == "etl-prod"


def test_all_errors_are_reported_at_once_with_line_and_column() -> None:
    assert said(
        "name: etl_prod\n"
        "type: amlcompute\n"
        "resourceid: /subscriptions/x\n"
        "name: again\n"
        "tags: [a]\n"
        "nodecount: 5\n"
        "identity:\n"
        "  typ: user_assigned\n"
        "  user_assigned_identities:\n"
        f"    - {identity_id('id-a')}\n"
        "    - resource_id: /subscriptions/<SUBSCRIPTION_ID>/resourceGroups/<RG>\n"
    ) == [
        "line 1, column 1: There is no resource_id. Expected: resource_id: /subscriptions/…/bigDataPools/POOL",
        'line 1, column 7: Not a compute name: "etl_prod" has an underscore. '
        "Use letters, digits and dashes, starting with a letter. Expected: a name such as etl-prod.",
        'line 2, column 7: type is "amlcompute". Expected: synapsespark; other types cannot be attached here.',
        'line 3, column 1: There is no key "resourceid" in a spec file. Expected: one of $schema, name, type, '
        'resource_id, description, location, tags, identity. Did you mean "resource_id"?',
        "line 4, column 1: name appears again; it was first set on line 1. Expected: each key once.",
        "line 5, column 7: tags is a list. Expected: keys with text values, such as team: data.",
        'line 6, column 1: There is no key "nodecount" in a spec file. Expected: one of $schema, name, type, '
        "resource_id, description, location, tags, identity.",
        'line 8, column 3: There is no key "typ" in identity. Expected: one of type, user_assigned_identities, '
        'principal_id, tenant_id. Did you mean "type"?',
        "line 8, column 3: identity has no type. Expected: type: none, system_assigned, user_assigned or "
        "system_assigned,user_assigned.",
        "line 10, column 7: This identity has no key. Expected: a key and its value. "
        'Did you mean "- resource_id: …/id-a"?',
        "line 11, column 35: <SUBSCRIPTION_ID> is still a placeholder. Expected: the real name or id.",
        "line 11, column 68: <RG> is still a placeholder. Expected: the real name or id.",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GOOD.replace("name", "Name", 1), ['Did you mean "name"?', "There is no name."]),
        (GOOD.replace("synapsespark", "synapse_spark"), ['line 2, column 7: type is "synapse_spark"']),
        (GOOD.replace("etlpool", ""), ["line 3, column 14: This is not a whole resource id."]),
        (GOOD.replace(GUID, "contoso"), ['"contoso" is not a subscription id']),
        (GOOD.replace("bigDataPools", "sqlPools"), ["This is the id of a Microsoft.Synapse/workspaces/sqlPools"]),
        (
            GOOD + "identity:\n  type: sytem_assigned\n",
            ['line 5, column 9: "sytem_assigned" is not', '"system_assigned"?'],
        ),
        (GOOD + "identity:\n  type: user_assigned\n", ["line 5, column 9: No user-assigned identity is given."]),
        (
            GOOD + "identity:\n  type: user_assigned\n  user_assigned_identities: []\n",
            ["line 6, column 29: No user-assigned identity is given."],
        ),
        (
            GOOD + f"identity:\n  type: system_assigned\n  user_assigned_identities:\n    - resource_id: {POOL}\n",
            [
                "type is system_assigned, but user_assigned_identities are given.",
                "This is the id of a Microsoft.Synapse",
            ],
        ),
        # A page of the documentation shows it like this.
        (
            GOOD + "identity:\ntype: system_assigned\n",
            ["type appears again", "type indented below", 'Did you mean "  type: system_assigned"?'],
        ),
        (GOOD + "tags:\n  a: x\n  A: y\n", ["line 6, column 3: The tag A appears again; it was first set on line 5."]),
        (GOOD + f"tags: {{k: {'v' * 257}}}\n", ["257 characters; Azure allows at most 256"]),
        (GOOD + f"tags: {{{'k' * 513}: v}}\n", ["513 characters; Azure allows at most 512"]),
        (
            GOOD + "tags:\n" + "".join(f"  t{n}: x\n" for n in range(51)),
            ["There are 51 tags. Expected: at most 50"],
        ),
        (GOOD + "description: [a]\n", ["description is a list. Expected: text."]),
        (GOOD.replace("etl-prod", "<NAME>"), ["line 1, column 7: <NAME> is still a placeholder."]),
        (GOOD + "tags: {cost: 42}\n", ["line 4, column 14: The tag cost is a number.", 'Did you mean ""42""?']),
        (GOOD + "tags: {owner: }\n", ["The tag owner has no value.", '"" for an empty value']),
        (GOOD + 'description: "\\U00110000"\n', ["line 4, column", "This value cannot be read."]),
        (GOOD + 'description: "\\ud800"\n', ["line 4, column 14: The text has U+D800, half a character."]),
        ("- a\n", ["line 1, column 1: Found a list."]),
        ("", ["Found nothing."]),
        ("just words", ["Found text."]),
        ("name: [a\n", ["A bracket does not close, or a comma is missing."]),
        ("name: a: b\n", ["line 1, column 8: A colon makes a second key of this line."]),
        ("name: *a\n", ["The alias *a has no anchor before it."]),
        ('name: "a\n', ["A quoted text does not end."]),
        (GOOD + "tags:\n  <<: x\n", ['What "<<" merges is not a set of keys.']),
        (
            GOOD + "---\n" + GOOD,
            ["line 4, column 1: This file holds 2 documents; az ml compute attach takes one per file."],
        ),
        (f"{GOOD}---\n---\n{GOOD}...\n---\n{GOOD}", ["line 4, column 1: This file holds 3 documents;"]),
        (f"{GOOD}---\n", ["line 4, column 1: An empty document begins here."]),
        (f"{GOOD}---\na: [\n", ["line 4, column 1: A second document begins here."]),
        (GOOD + "tags: !!python/object:os.system {a: b}\n", ["python"]),
        (GOOD + "description: !secret x\n", ["The value has the tag !secret."]),
    ],
)
def test_an_error_is_reported_with_its_place_and_the_expected_value(text: str, expected: list[str]) -> None:
    problems = "\n".join(said(text))
    for part in expected:
        assert part in problems


def test_each_tab_is_reported_and_the_rest_of_the_file_is_still_checked() -> None:
    assert said(f"{GOOD}identity:\n\ttype: sytem\ntags:\n\tteam: data\nnmae: x\n") == [
        "line 5, column 1: The line is indented with a tab. Expected: spaces; YAML does not allow a tab there.",
        "line 7, column 1: The line is indented with a tab. Expected: spaces; YAML does not allow a tab there.",
        'line 5, column 8: "sytem" is not an identity type. Expected: none, system_assigned, user_assigned or '
        "system_assigned,user_assigned.",
        'line 8, column 1: There is no key "nmae" in a spec file. Expected: one of $schema, name, type, '
        'resource_id, description, location, tags, identity. Did you mean "name"?',
    ]


def test_an_alias_bomb_is_reported_and_never_expanded() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    (problem,) = said(GOOD + "\n".join(levels))
    assert "unfolds to more than 10,000 values" in problem


def test_an_alias_to_itself_is_reported() -> None:
    (problem,) = said(GOOD + "tags: &x {a: *x}\n")
    assert "An alias refers to itself." in problem


def test_a_valid_alias_is_followed() -> None:
    read = spec(f"{GOOD}description: &text Nightly\ntags: {{what: *text}}\n")
    assert read.tags == {"what": "Nightly"}


def test_a_file_that_is_nested_too_deeply_is_reported() -> None:
    (problem,) = said("[" * 50_000)
    assert "nested too deeply" in problem


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"name: caf\xe9\n", "line 1, column 10: The byte 0xE9 is here, so the file is not UTF-8."),
        (GOOD.encode("utf-16"), "line 1, column 1: The file is UTF-16."),
        (b"name: a\nx: \x07\n", "line 2, column 4: The character U+0007 is here."),
    ],
)
def test_a_file_that_is_not_utf8_text_is_reported_with_its_place(data: bytes, expected: str) -> None:
    assert expected in said(data)[0]


def test_a_utf8_byte_order_mark_is_accepted() -> None:
    read, problems = parse_spec(b"\xef\xbb\xbf" + GOOD.encode())
    assert (problems, read is not None) == ((), True)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    large = tmp_path / "large.yml"
    large.write_bytes(b"#" * 5_000_000)
    with pytest.raises(Problem, match=f"has 5,000,000 bytes; at most {MOST_BYTES:,} are read"):
        read_spec(str(large))


def test_a_path_that_is_not_a_readable_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="is a folder"):
        read_spec(str(tmp_path))
    with pytest.raises(Problem, match="There is no file"):
        read_spec(str(tmp_path / "none.yml"))
    with pytest.raises(Problem, match="is not a text file"):
        read_spec("/dev/zero")
    with pytest.raises(Problem, match="cannot be read"):
        read_spec("a\0b")


def test_a_pipe_from_a_shell_is_read_with_a_time_limit(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(GOOD,), daemon=True)
    writer.start()
    read, problems = read_spec(str(pipe))
    assert (read is not None, problems) == (True, ())
    with pytest.raises(Problem, match="its other end was not closed"):
        read_spec(str(pipe), pipe_seconds=0.0)
    done = subprocess.run(
        [
            "bash",
            "-c",
            f"{sys.executable} -c 'import sys; from tui.specs.files import read_bytes as read;"
            " print(read(sys.argv[1]).decode(), end=str())' <(printf '%s' 'name: a')",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    assert done.stdout == "name: a"


def test_an_empty_or_endless_pipe_is_reported(tmp_path: Path) -> None:
    for command, sentence in (("true", "nothing can be read from it"), ("yes", "more than")):
        reading, writing = os.pipe()
        process = subprocess.Popen(command, stdout=writing)
        os.close(writing)
        with pytest.raises(Problem) as caught:
            read_spec(f"/dev/fd/{reading}", pipe_seconds=PATIENCE_SECONDS)
        os.close(reading)
        process.kill()
        process.wait(PATIENCE_SECONDS)
        assert sentence in caught.value.title


def test_a_file_without_read_permission_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret.yml"
    secret.write_text(GOOD)
    secret.chmod(0)
    if os.geteuid() == 0:

        def refuse(*_: object) -> int:
            raise PermissionError(errno.EACCES, "Permission denied")

        # Root can read every file, so the refusal has to be simulated.
        monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(Problem, match="You may not read"):
        read_spec(str(secret))


# The effect of a file


def test_a_spec_file_with_a_new_name_is_an_attach() -> None:
    request = spec(f"{GOOD}tags: {{a: b}}\nidentity: {{type: system_assigned}}\n").request(WORKSPACE, None)
    assert request.document() == {
        "location": "eastus2",
        "properties": {"computeType": "SynapseSpark", "resourceId": POOL},
        "identity": {"type": "SystemAssigned"},
        "tags": {"a": "b"},
    }


def test_a_spec_file_with_an_existing_name_updates_only_what_it_sets() -> None:
    read = spec(f"{GOOD}tags: {{team: ml}}\n")
    request = read.request(WORKSPACE, compute())
    assert isinstance(request, ComputeEdit)
    assert request.edit == Edit(tags={"team": "ml", "cost": None})
    assert read.remarks(WORKSPACE, compute()) == (
        "The file does not set identity and description, so that stays as it is.",
    )


@pytest.mark.parametrize("existing", [None, compute()], ids=["new", "existing"])
@pytest.mark.parametrize(
    ("line", "remark"),
    [
        ("location: East US 2", ""),
        ("location: EASTUS2", ""),
        ("location: westeurope", "a compute is always in the region of its workspace, here eastus2"),
        ("node_count: 5\nspark_version: '3.4'", "Only Azure sets node_count and spark_version"),
        ("description: Pool for <TEAM>", "<TEAM> looks like a placeholder and is sent as it is."),
    ],
)
def test_unusual_values_lead_to_a_remark_and_not_to_a_refusal(line: str, remark: str, existing: Compute | None) -> None:
    read = spec(f"{GOOD}{line}\n")
    assert existing is None or read.refusals(existing) == ()
    remarks = "\n".join(read.remarks(WORKSPACE, existing))
    assert remark in remarks
    assert ("region" in remarks) == ("region" in remark)


@pytest.mark.parametrize("name", ["ab", "a" * 17, "a" * 25])
def test_an_unusual_name_length_gives_the_same_warning_as_in_the_wizard(name: str) -> None:
    read = spec(GOOD.replace("etl-prod", name))
    assert check_compute_name(name).warning in read.remarks(WORKSPACE, None)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_is_accepted_or_refused_as_in_azure_ai_ml_except_for_stated_reasons(case: SpecCase) -> None:
    read, problems = parse_spec(case.text.encode())
    assert (read is not None) == (case.is_taken and not case.why_refused)
    assert (read is None) == bool(problems)


def test_a_name_in_another_letter_case_is_the_same_compute() -> None:
    read = spec(GOOD.replace("etl-prod", "ETL-Prod"))
    request = read.request(WORKSPACE, compute())
    assert request.name == "etl-prod"
    assert "Azure spells it etl-prod" in read.remarks(WORKSPACE, compute())[0]


@pytest.mark.parametrize(
    ("text", "existing", "expected"),
    [
        (
            GOOD.replace("etlpool", "other"),
            compute(),
            "line 3, column 14: etl-prod is taken: syn-prod/etlpool is attached under that name.",
        ),
        (
            GOOD,
            Compute("etl-prod", type="AmlCompute"),
            "line 1, column 7: etl-prod is taken: there is a compute of type AmlCompute",
        ),
    ],
)
def test_a_name_taken_by_another_pool_or_compute_type_is_refused_with_the_reason(
    text: str, existing: Compute, expected: str
) -> None:
    assert expected in "\n".join(str(one) for one in spec(text).refusals(existing))


# Export and read back


@pytest.mark.parametrize(
    "kind", [IdentityKind.NONE, IdentityKind.SYSTEM, IdentityKind.USER, IdentityKind.SYSTEM_AND_USER]
)
def test_an_exported_resource_is_read_back_unchanged(kind: IdentityKind) -> None:
    users = (identity_id("id-b"), identity_id("id-a")) if kind.has_user else ()
    made = attachment()
    made = type(made)(
        made.workspace,
        made.name,
        made.pool,
        IdentityChoice(kind, users),
        "It's [/red] \U0001f600\n",
        {"a b": "no", "c": "4: 2"},
    )
    read = spec(specification(Plan.of([made])))
    assert read.request(made.workspace, None).document() == made.document()


@pytest.mark.parametrize("text", [text for text in HOSTILE if len(text) <= 256])
def test_any_text_is_exported_and_read_back(text: str) -> None:
    if re.search(r"<[A-Z][A-Z0-9_]+>", text):
        return
    made = type(attachment())(WORKSPACE, "etl-prod", ResourceId.parse(POOL), description=text, tags={"k": text})
    assert spec(specification(Plan.of([made]))).request(WORKSPACE, None).document() == made.document()


def test_the_export_of_an_attached_pool_changes_nothing_when_read_back() -> None:
    there = compute(tags={"team": "data", "cost": "42"})
    request = spec(specification(described(there))).request(WORKSPACE, there)
    assert isinstance(request, ComputeEdit)
    assert request.changes_nothing


# An editor's text


def test_tags_and_description_survive_a_round_trip_through_an_editor() -> None:
    tags = {f"{number}": text for number, text in enumerate(HOSTILE) if len(text) <= 256}
    text = write_tags_file("etl-prod\nname: x", "Two\nlines [/red]", tags)
    description, again, problems = read_tags_file(text.encode())
    assert (description, again) == ("Two\nlines [/red]", tags)
    assert problems == ()
    assert text.splitlines()[1].startswith("description: ")


def test_an_editor_text_can_omit_the_tags_or_the_description() -> None:
    assert read_tags_file(b"tags: {a: b}\n") == (None, {"a": "b"}, ())
    assert read_tags_file(b"description: ''\ntags: {}\n") == ("", {}, ())
    assert "description has no value." in str(read_tags_file(b"description:\ntags: {}\n")[2][0])
    assert "description and tags" in str(read_tags_file(b"tag: {}\n")[2][0])
    assert "Found nothing." in str(read_tags_file(b"")[2][0])
