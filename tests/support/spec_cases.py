"""Spec files, and whether azure-ai-ml's loader and this program accept them."""

from dataclasses import dataclass

GUID = "11111111-1111-4111-8111-111111111111"
POOL = f"/subscriptions/{GUID}/resourceGroups/rg/providers/Microsoft.Synapse/workspaces/syn/bigDataPools/pool"
IDENTITY = f"/subscriptions/{GUID}/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-a"
BASE = f"name: adhoc\ntype: synapsespark\nresource_id: {POOL}\n"


@dataclass(frozen=True)
class SpecCase:
    """A spec file.

    Attributes:
        name: What is special about it.
        text: Its text.
        is_taken: Whether azure-ai-ml accepts it.
        why_refused: Why this program refuses a file that azure-ai-ml accepts; empty where both agree.
    """

    name: str
    text: str
    is_taken: bool
    why_refused: str = ""


def _taken(name: str, text: str, why_refused: str = "") -> SpecCase:
    return SpecCase(name, text, is_taken=True, why_refused=why_refused)


def _refused(name: str, text: str) -> SpecCase:
    return SpecCase(name, text, is_taken=False)


def _identity(kind: str, *, assigned: bool) -> str:
    listed = f"  user_assigned_identities:\n    - resource_id: {IDENTITY}\n" if assigned else ""
    return f"{BASE}identity:\n  type: '{kind}'\n{listed}"


def _assigned(item: str) -> str:
    return f"{BASE}identity:\n  type: user_assigned\n  user_assigned_identities:{item}\n"


_NOTHINGS = ("null", "~", "", "Null", "NULL", "!!null ''")
_OTHERS = ("42", "4.2", "true", "no", "2024-01-01", "0x1F", "1.0e+3", ".inf", "[a]", "{a: b}")
_NEVER = "an attach with that identity cannot work"
_TWICE = "one of two contradicting lines would be dropped in silence"
_NOT_AZURE = "Azure has no such name or id"

CASES = (
    _taken("the least", BASE),
    _taken("JSON", f'{{"name":"adhoc","type":"synapsespark","resource_id":"{POOL}","tags":{{"a":"b"}}}}'),
    *(
        _refused(f"{member} is {nothing or 'empty'}", f"{BASE}{member}: {nothing}\n")
        for member in ("description", "location", "tags", "identity", "$schema", "node_count", "scale_settings")
        for nothing in _NOTHINGS
    ),
    *(_refused(f"a tag is {nothing or 'empty'}", f"{BASE}tags:\n  owner: {nothing}\n") for nothing in _NOTHINGS),
    *(
        _refused(f"{member} is {nothing or 'empty'}", BASE.replace(f"{member}: ", f"{member}: {nothing} #"))
        for member in ("name", "type", "resource_id")
        for nothing in _NOTHINGS
    ),
    *(
        _refused(f"an identity's type is {nothing or 'empty'}", f"{BASE}identity:\n  type: {nothing}\n")
        for nothing in _NOTHINGS
    ),
    *(
        _refused(f"{member} is {value}", f"{BASE}{member}: {value}\n")
        for member in ("description", "location")
        for value in _OTHERS
    ),
    *(_refused(f"a tag is {value}", f"{BASE}tags:\n  a: {value}\n") for value in _OTHERS),
    *(_refused(f"the name of a tag is {value}", f"{BASE}tags:\n  {value}: a\n") for value in _OTHERS[:8]),
    _taken("an empty tag", f"{BASE}tags:\n  owner: ''\n"),
    _taken("a quoted null", f"{BASE}tags:\n  owner: 'null'\n"),
    _taken("a quoted number", f"{BASE}tags:\n  cost: '42'\ndescription: \"yes\"\n"),
    _taken("no tags", f"{BASE}tags: {{}}\n"),
    _taken("an empty description", f"{BASE}description: ''\n"),
    _taken("a placeholder in a description", f"{BASE}description: Pool for <TEAM>\n"),
    _taken("a placeholder in a tag", f"{BASE}tags:\n  team: <TEAM>\n"),
    _taken("a region's display name", f"{BASE}location: East US 2\n"),
    _taken("another region", f"{BASE}location: westeurope\n"),
    _refused("a list of tags", f"{BASE}tags: [a]\n"),
    *(
        _taken(f"ignored: {line}", f"{BASE}{line}\n")
        for line in (
            "$schema: https://azuremlschemas.azureedge.net/latest/synapsesparkCompute.schema.json",
            "$schema: 5",
            "id: /x",
            "id: 5",
            "node_count: 5",
            "node_count: {a: 1}",
            "node_family: MemoryOptimized",
            "node_size: Small",
            "spark_version: '3.4'",
            "spark_version: 3.4",
            "created_on: 2022-01-01T00:00:00Z",
            "provisioning_state: Succeeded",
            "provisioning_errors: x",
            "scale_settings: {auto_scale_enabled: true, min_node_count: 3, max_node_count: 5}",
            "scale_settings: {}",
            "auto_pause_settings: {auto_pause_enabled: true, delay_in_minutes: 15}",
        )
    ),
    _refused("an unknown scale setting", f"{BASE}scale_settings: {{foo: 1}}\n"),
    _refused("a scale setting without a value", f"{BASE}scale_settings: {{min_node_count: }}\n"),
    _refused("scale settings as a text", f"{BASE}scale_settings: x\n"),
    _refused("an unknown auto-pause setting", f"{BASE}auto_pause_settings: {{foo: 1}}\n"),
    _refused("an unknown key", f"{BASE}foo: 1\n"),
    _refused("a key of az's output", f"{BASE}resourceGroup: rg\n"),
    _taken("a merge at the top", f"<<: {{description: hi}}\n{BASE}"),
    _taken("a merge by an alias", f"description: &text hi\n{BASE}tags:\n  <<: &common {{a: b}}\n  c: *text\n"),
    _taken("a merge that is overridden", f"{BASE}tags:\n  <<: {{a: b}}\n  a: z\n"),
    _taken("a merge that is overridden before", f"{BASE}tags:\n  a: z\n  <<: {{a: b, q: r}}\n"),
    _taken("a merge of a list", f"{BASE}tags:\n  <<: [{{a: x1}}, {{a: x2, b: c}}]\n"),
    _taken("two merges", f"{BASE}tags:\n  <<: {{a: b, e: f}}\n  <<: {{c: d, e: g}}\n", _TWICE),
    _refused("a merge of a text", f"{BASE}tags:\n  <<: x\n"),
    _refused("a merge of nothing", f"{BASE}tags:\n  <<:\n"),
    _refused("an anchor's own key", f"common: &common {{a: b}}\n{BASE}tags: {{<<: *common}}\n"),
    _taken("a key twice", f"{BASE}name: other\n", _TWICE),
    _taken("a tag twice", f"{BASE}tags: {{a: b, a: c}}\n", _TWICE),
    _taken("a tag twice but for letter case", f"{BASE}tags: {{a: b, A: c}}\n", "Azure's tags know no letter case"),
    _refused("two documents", f"{BASE}---\n{BASE}"),
    _taken("the marks of a document", f"---\n{BASE}...\n"),
    _refused("an empty file", ""),
    _refused("a text", "x"),
    _refused("a list", "- a\n"),
    _taken("a tag of YAML", f"{BASE}description: !!str 42\n"),
    _taken("an empty text by a tag of YAML", f"{BASE}description: !!str\n"),
    _refused("a number by a tag of YAML", f"{BASE}description: !!int '42'\n"),
    _refused("an object of Python", f"{BASE}description: !!python/object:os.system x\n"),
    _refused("a tag of one's own", f"{BASE}description: !x y\n"),
    _refused("a value that YAML reserves", f"{BASE}description: =\n"),
    _taken("any letter case of the type", BASE.replace("synapsespark", "SynapseSpark")),
    _refused("a dash in the type", BASE.replace("synapsespark", "synapse-spark")),
    _refused("no type", BASE.replace("type: synapsespark\n", "")),
    _refused("no name", BASE.replace("name: adhoc\n", "")),
    _refused("no pool", BASE.partition("resource_id")[0]),
    *(
        _taken(f"identity {kind}", _identity(kind, assigned=False))
        for kind in ("none", "None", "NONE", "system_assigned", "SystemAssigned", "SYSTEM_ASSIGNED", "systemAssigned")
    ),
    *(
        _taken(f"identity {kind}", _identity(kind, assigned=True))
        for kind in (
            "user_assigned",
            "UserAssigned",
            "system_assigned,user_assigned",
            "system_assigned, user_assigned",
            "SystemAssigned,UserAssigned",
            "SystemAssigned, UserAssigned",
            "systemAssigned,userAssigned",
        )
    ),
    *(
        _refused(f"identity {kind!r}, assigned: {assigned}", _identity(kind, assigned=assigned))
        for kind in (
            "systemassigned",
            "System_Assigned",
            "system-assigned",
            "user_assigned,system_assigned",
            "",
            " system_assigned",
            "msi",
        )
        for assigned in (False, True)
    ),
    *(
        _taken(f"identity {kind} without one", _identity(kind, assigned=False), _NEVER)
        for kind in ("user_assigned", "system_assigned,user_assigned")
    ),
    *(
        _taken(f"identity {kind} with one", _identity(kind, assigned=True), _TWICE)
        for kind in ("none", "system_assigned")
    ),
    _taken("an identity's read-only members", f"{BASE}identity: {{type: none, principal_id: x, tenant_id: y}}\n"),
    _refused("an identity's client id", f"{BASE}identity: {{type: none, client_id: x}}\n"),
    _refused("an identity without a type", f"{BASE}identity: {{}}\n"),
    _refused("an identity as a text", f"{BASE}identity: x\n"),
    _taken(
        "a user-assigned identity's read-only members",
        _assigned(f"\n    - {{resource_id: {IDENTITY}, principal_id: x, client_id: y, tenant_id: z}}"),
    ),
    _taken("an identity twice", _assigned(f"\n    - resource_id: {IDENTITY}\n    - resource_id: {IDENTITY}")),
    _taken(
        "an empty list beside a system-assigned identity",
        f"{BASE}identity: {{type: system_assigned, user_assigned_identities: []}}\n",
    ),
    _taken("no user-assigned identity in the list", _assigned(" []"), _NEVER),
    _taken("a user-assigned identity by its client id", _assigned("\n    - client_id: x"), _NEVER),
    _refused("user-assigned identities without a value", _assigned("")),
    _refused("user-assigned identities as texts", _assigned(f"\n    - {IDENTITY}")),
    _refused("user-assigned identities as a text", _assigned(f" {IDENTITY}")),
    _refused("an unknown key of a user-assigned identity", _assigned(f"\n    - {{resource_id: {IDENTITY}, foo: x}}")),
    _refused("a user-assigned identity without a value", _assigned("\n    -")),
    _refused("a number as the name", BASE.replace("adhoc", "123")),
    _taken("a name with an underscore", BASE.replace("adhoc", "a_b"), _NOT_AZURE),
    _taken("half an id", BASE.replace("/bigDataPools/pool", ""), _NOT_AZURE),
    _taken("an id in small letters", BASE.replace(POOL, POOL.lower())),
    _taken("lines in a description", f"{BASE}description: |\n  a\n  b\n"),
    _taken("a folded description", f"{BASE}description: >\n  a\n  b\n"),
    _taken("escapes", f'{BASE}description: "\\u00e9 \\U0001F600 \\x41"\n'),
    _taken("half a character", f'{BASE}description: "\\ud800"\n', "it cannot be sent"),
    *(
        _refused(f"a character beyond Unicode in {member}", BASE.replace(f"{member}: ", f'{member}: "\\U00110000" #'))
        for member in ("name", "type", "resource_id")
    ),
    _refused("a character far beyond Unicode", f'{BASE}description: "\\UFFFFFFFF"\n'),
)
