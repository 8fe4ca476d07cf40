"""Folders with the files of Azure's tools, and the workspace that each tool uses in them."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ONE, TWO = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
WORKSPACE_A = f"/subscriptions/{ONE}/resourceGroups/rg-a/providers/Microsoft.MachineLearningServices/workspaces/ws-a"

Place = tuple[str, str, str]


@dataclass(frozen=True)
class Case:
    """Files below a home folder, and what a tool reads from them.

    Attributes:
        name: What is special about it.
        files: Their texts, by their paths below the home folder.
        here: The current folder, below the home folder.
        expected: Subscription, resource group and workspace that the tool uses; empty for none.
        environment: Variables that are set.
        cloud: The cloud that the tool uses.
    """

    name: str
    files: Mapping[str, str]
    here: str = "proj/sub"
    expected: Place = ("", "", "")
    environment: Mapping[str, str] = field(default_factory=dict)
    cloud: str = "AzureCloud"

    def lay(self, home: Path) -> Path:
        """Write the files, and return the current folder."""
        for path, text in self.files.items():
            (home / path).parent.mkdir(parents=True, exist_ok=True)
            (home / path).write_text(text, encoding="utf-8")
        here = home / self.here
        here.mkdir(parents=True, exist_ok=True)
        return here

    def variables(self, home: Path) -> dict[str, str]:
        """The environment, with a home folder in place of `HOME/`."""
        values = {name: value.replace("HOME/", f"{home}{os.sep}") for name, value in self.environment.items()}
        return {"HOME": str(home), **values}


def config(subscription: str = ONE, group: str = "rg-a", workspace: str = "ws-a", **more: str) -> str:
    return json.dumps(
        {"subscription_id": subscription, "resource_group": group, "workspace_name": workspace} | dict(more)
    )


def scope(path: str = WORKSPACE_A, **more: str) -> str:
    return json.dumps({"Scope": path} | dict(more))


def profile(*subscriptions: tuple[str, str, str, bool]) -> str:
    """The subscriptions file of az, from GUID, name, cloud, and whether each is the current one."""
    rows = [
        {
            "id": guid,
            "name": name,
            "environmentName": cloud,
            "isDefault": is_current,
            "state": "Enabled",
            "tenantId": TWO,
            "user": {"name": "ana@contoso.com", "type": "user"},
        }
        for guid, name, cloud, is_current in subscriptions
    ]
    return "\ufeff" + json.dumps({"installationId": "x", "subscriptions": rows})


A: Place = (ONE, "rg-a", "ws-a")

ML_CLIENT = (
    Case("beside", {"proj/sub/config.json": config()}, expected=A),
    Case("above", {"proj/config.json": config()}, expected=A),
    Case("twenty above", {"proj/config.json": config()}, "proj/" + "/".join("abcdefghijklmnopqrst"), A),
    Case("twenty-one above", {"proj/config.json": config()}, "proj/" + "/".join("abcdefghijklmnopqrstu")),
    Case(
        "azureml above before plain beside",
        {"proj/.azureml/config.json": config(), "proj/sub/config.json": config(TWO, "rg-b", "ws-b")},
        expected=A,
    ),
    Case(
        "azureml before aml_config",
        {"proj/.azureml/config.json": config(), "proj/sub/aml_config/config.json": config(TWO)},
        expected=A,
    ),
    Case(
        "config.json above before project.json beside",
        {"proj/.azureml/config.json": config(), "proj/sub/.azureml/project.json": scope(WORKSPACE_A + "b")},
        expected=A,
    ),
    Case("project.json", {"proj/aml_config/project.json": scope()}, expected=A),
    Case("scope with a project", {"proj/aml_config/project.json": scope(f"{WORKSPACE_A}/projects/exp")}, expected=A),
    Case("scope with an experiment", {"proj/.azureml/config.json": scope(f"{WORKSPACE_A}/experiments/e")}, expected=A),
    Case("scope with a slash", {"proj/.azureml/config.json": scope(f"{WORKSPACE_A}/")}, expected=A),
    Case(
        "scope over the other members",
        {"proj/config.json": config(TWO, "rg-b", "ws-b", Scope=f"{WORKSPACE_A}/projects/exp")},
        expected=A,
    ),
    Case("more members than are read", {"proj/config.json": config(Scope="", Id="", extra="x")}, expected=A),
    Case("a byte order mark", {"proj/config.json": "\ufeff" + config()}, expected=A),
    Case(
        "a folder of that name",
        {"proj/sub/.azureml/config.json/x": "", "proj/.azureml/config.json": config()},
        expected=A,
    ),
    Case("a member is missing", {"proj/.azureml/config.json": json.dumps({"subscription_id": ONE})}),
    Case("not JSON", {"proj/.azureml/config.json": "{"}),
    Case("nothing", {}),
)
"""What `MLClient.from_config` uses; it ignores az's subscription."""

_CURRENT = {".azure/azureProfile.json": profile((ONE, "Dev", "AzureCloud", False), (TWO, "Prod", "AzureCloud", True))}
_GOVERNMENT = {
    ".azure/azureProfile.json": profile((ONE, "Gov", "AzureUSGovernment", True), (TWO, "Pub", "AzureCloud", False)),
    ".azure/config": "[cloud]\nname = AzureUSGovernment\n[defaults]\ngroup = rg-a\nworkspace = ws-a\n",
}
_DEFAULTS = "[defaults]\ngroup = rg-global\nworkspace = ws-global\n"

AZ = (
    Case("global", {".azure/config": _DEFAULTS, **_CURRENT}, expected=(TWO, "rg-global", "ws-global")),
    Case(
        "a folder's own",
        {".azure/config": _DEFAULTS, "proj/.azure/config": "[defaults]\ngroup=rg-a\nworkspace=ws-a\n", **_CURRENT},
        expected=(TWO, "rg-a", "ws-a"),
    ),
    Case(
        "the nearest folder's own",
        {
            "proj/.azure/config": "[defaults]\ngroup=rg-b\nworkspace=ws-b\n",
            "proj/sub/.azure/config": "[defaults]\ngroup=rg-a\nworkspace=ws-a\n",
            **_CURRENT,
        },
        expected=(TWO, "rg-a", "ws-a"),
    ),
    Case(
        "each option on its own",
        {".azure/config": _DEFAULTS, "proj/.azure/config": "[defaults]\nworkspace=ws-a\n", **_CURRENT},
        expected=(TWO, "rg-global", "ws-a"),
    ),
    Case(
        "a default subscription by its name",
        {".azure/config": _DEFAULTS + "subscription = dev\n", **_CURRENT},
        expected=(ONE, "rg-global", "ws-global"),
    ),
    Case(
        "a default subscription by its id",
        {".azure/config": _DEFAULTS, "proj/.azure/config": f"[defaults]\nsubscription={ONE}\n", **_CURRENT},
        expected=(ONE, "rg-global", "ws-global"),
    ),
    Case(
        "another folder for az, and local ones of that name",
        {
            "az/config": _DEFAULTS,
            "az/azureProfile.json": _CURRENT[".azure/azureProfile.json"],
            "proj/az/config": "[defaults]\nworkspace=ws-a\n",
            "proj/sub/.azure/config": "[defaults]\nworkspace=ws-b\n",
        },
        expected=(TWO, "rg-global", "ws-a"),
        environment={"AZURE_CONFIG_DIR": "HOME/az"},
    ),
    Case(
        "the search ends where az keeps its own",
        {".azure/config": _DEFAULTS, **_CURRENT},
        "",
        (TWO, "rg-global", "ws-global"),
    ),
    Case(
        "the environment",
        {".azure/config": _DEFAULTS, "proj/.azure/config": "[defaults]\nworkspace=ws-b\n", **_CURRENT},
        expected=(TWO, "rg-a", "ws-a"),
        environment={"AZURE_DEFAULTS_GROUP": "rg-a", "AZURE_DEFAULTS_WORKSPACE": "ws-a"},
    ),
    Case("another cloud", _GOVERNMENT, expected=(ONE, "rg-a", "ws-a"), cloud="AzureUSGovernment"),
    Case(
        "the cloud of a folder does not count",
        {
            ".azure/config": _DEFAULTS,
            "proj/.azure/config": "[cloud]\nname = AzureUSGovernment\n",
            **_CURRENT,
        },
        expected=(TWO, "rg-global", "ws-global"),
    ),
    Case(
        "a cloud from the environment",
        _GOVERNMENT | {".azure/config": "[defaults]\ngroup = rg-a\nworkspace = ws-a\n"},
        expected=(ONE, "rg-a", "ws-a"),
        environment={"AZURE_CLOUD_NAME": "AzureUSGovernment"},
        cloud="AzureUSGovernment",
    ),
)
"""What `az ml` uses: its current subscription in its cloud, and its defaults."""
