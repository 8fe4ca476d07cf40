"""What an exported text leaves out, and what Azure did not report."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tui.domain.exports.quoting import is_text
from tui.domain.exports.target import ExportTarget

AZ_ML = frozenset({"computeType", "resourceId", "description"})
"""The members of `properties` that `az ml` and azure-ai-ml support (its schema of SynapseSparkCompute)."""

BICEP = AZ_ML | {"disableLocalAuth", "computeLocation"}
"""Those that the documented Bicep resource has."""

TERRAFORM = AZ_ML | {"disableLocalAuth"}
"""Those that the documented Terraform resource has."""

_REPORTED = frozenset({"computeLocation", "properties"})
"""What Azure fills in: the region of the compute, and the settings of the Spark pool."""

_FLAGS = frozenset({"disableLocalAuth"})
"""Members that are true or false, and false where they are missing (recorded)."""

_TEXTS = frozenset({"computeType", "resourceId", "description", "computeLocation"})
_IN_IDENTITY = frozenset({"type", "userAssignedIdentities"})


@dataclass(frozen=True, slots=True)
class Omissions:
    """What a text does not contain.

    Attributes:
        lost: The members that the language cannot express; applying the text drops them.
        reported: The members that Azure fills in, so that they can be left out.
        unknown: What was not read or what Azure did not report, one sentence each.
    """

    lost: tuple[str, ...] = ()
    reported: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def omissions(target: ExportTarget, properties: Collection[str], *, needs_region: bool = True) -> Omissions:
    """What the text of a compute leaves out.

    `properties` are the members of `properties` that the language can express. `needs_region` is whether its text gives
    the region; other tools take that of the Azure ML workspace.
    """
    lost: list[str] = []
    reported: list[str] = []
    for path, value in _members(target.document):
        if not _is_said(path, value, properties):
            (reported if path[0] == "properties" and path[1] in _REPORTED else lost).append(".".join(path))
    return Omissions(tuple(lost), tuple(dict.fromkeys(reported)), tuple(_unknown(target, needs_region=needs_region)))


def _members(document: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every member that has a value, at most two names deep."""
    for name, value in document.items():
        inner: dict[tuple[str, ...], Any] = {(name,): value}
        if name in ("tags", "identity", "properties") and isinstance(value, Mapping):
            inner = {(name, key): member for key, member in value.items()}
        yield from ((path, member) for path, member in inner.items() if member is not None and member not in ({}, []))


def _is_said(path: tuple[str, ...], value: Any, properties: Collection[str]) -> bool:
    match path:
        case ("location",):
            return isinstance(value, str)
        case ("tags", _):
            return isinstance(value, str)
        case ("identity", name):
            return name in _IN_IDENTITY
        case ("properties", name) if name in _FLAGS:
            return value is False or (value is True and name in properties)
        case ("properties", name):
            return name in properties and (name not in _TEXTS or isinstance(value, str))
        case _:
            return False


def replacement(target: ExportTarget) -> tuple[str, ...]:
    """The sentence about lone surrogates, for languages that cannot write them; empty if the compute has none."""
    return replaced(
        (target.name, target.location, target.pool, target.description, *target.tags, *target.tags.values())
    )


def replaced(texts: Iterable[str]) -> tuple[str, ...]:
    """The sentence about lone surrogates, for languages that cannot write them; empty if there are none."""
    return () if all(map(is_text, texts)) else ("U+FFFD replaces half a surrogate pair, an invalid character.",)


def _unknown(target: ExportTarget, *, needs_region: bool) -> Iterator[str]:
    exists = target.edit is not None
    if not target.location and needs_region:
        why = "Azure did not report its region" if exists else "The region has not been read yet"
        yield f"{why}: fill in the region of the Azure ML workspace."
    elif not target.location and exists:
        yield "Azure did not report its region."
    if not target.pool:
        yield "Azure did not report the Spark pool behind this compute: fill in its resource id."
    if exists and target.identity.kind.has_user and not target.identity.user_assigned:
        yield "Azure did not report its user-assigned identities: fill in their resource ids."


def sentences(left_out: Omissions, language: str) -> tuple[str, ...]:
    """What is lost and what is unknown, one sentence each."""
    texts = []
    if left_out.lost:
        names = ", ".join(left_out.lost)
        verb, them = ("is", "it") if len(left_out.lost) == 1 else ("are", "them")
        texts.append(
            f"{names} {verb} not in this text: {language} does not support {them}, and applying the text drops {them}."
        )
    return (*texts, *left_out.unknown)
