"""Azure's Swagger 2.0 documents as JSON Schema: nulls, discriminators, open enumerations, read-only members.

jsonschema and referencing validate and resolve; this module only translates what Swagger 2.0 expresses differently, and
Azure's extensions of it (``x-nullable``, ``x-ms-discriminator-value``, ``x-ms-enum``).
"""

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

Document = dict[str, Any]

BASE = "https://specification.invalid/"
"""The assumed base URI of the documents, so that their relative references resolve."""

_KEPT = frozenset(
    {
        *("type", "format", "enum", "required", "pattern", "minLength", "maxLength", "minimum", "maximum"),
        *("minItems", "maxItems", "uniqueItems", "multipleOf"),
    }
)
_FORMATS = FormatChecker(formats=("date-time", "uuid"))


class Documents:
    """All documents of a specification folder.

    Attributes:
        by_uri: Each document by its URI.

    Args:
        folder: The folder that contains them.
    """

    def __init__(self, folder: Path) -> None:
        files = [file for file in sorted(folder.rglob("*.json")) if "examples" not in file.parts]
        self.by_uri: Mapping[str, Document] = {
            BASE + file.relative_to(folder).as_posix(): json.loads(file.read_text(encoding="utf-8-sig"))
            for file in files
        }

    def resolved(self, uri: str, document: Any) -> tuple[str, Any]:
        """Return the target of a reference, with the URI of the document that contains it."""
        while isinstance(document, dict) and "$ref" in document:
            uri, pointer = urldefrag(urljoin(uri, document["$ref"]))
            document = self.by_uri[uri]
            for part in pointer.strip("/").split("/"):
                document = document[part.replace("~1", "/").replace("~0", "~")]
        return uri, document

    def validator(self, uri: str, schema: Any, *, sent: bool) -> Draft202012Validator:
        """Return the validator of a schema in a document.

        Args:
            uri: The document's URI.
            schema: The schema.
            sent: Whether a request is validated: it must not have read-only members.
        """
        adapted = {"$id": _place(uri, sent) + "/schema", **self._adapted(schema, uri, sent)}
        return Draft202012Validator(adapted, registry=self._registry, format_checker=_FORMATS)

    @cached_property
    def _registry(self) -> Registry[Any]:
        resources = (
            (_place(uri, sent), DRAFT202012.create_resource(self._definitions(uri, sent)))
            for uri in self.by_uri
            for sent in (False, True)
        )
        return Registry().with_resources(resources)

    def _definitions(self, uri: str, sent: bool) -> Document:
        """Return a document's definitions; ``whole`` has those with a discriminator, with all their subtypes."""
        definitions = self.by_uri[uri].get("definitions", {})
        plain = {name: self._adapted(schema, uri, sent) for name, schema in definitions.items()}
        whole = {
            name: {
                "allOf": [
                    {"$ref": f"#/definitions/{name}"},
                    *(
                        {
                            "if": {"properties": {schema["discriminator"]: {"const": value}}},
                            "then": {"$ref": _place(where, sent) + f"#/definitions/{kind}"},
                        }
                        for value, where, kind in self._kinds.get((uri, name), ())
                    ),
                ]
            }
            for name, schema in definitions.items()
            if "discriminator" in schema
        }
        return {"$id": _place(uri, sent), "definitions": plain, "whole": whole}

    @cached_property
    def _kinds(self) -> Mapping[tuple[str, str], list[tuple[str, str, str]]]:
        """The subtypes of each definition with a discriminator: value, document and name."""
        found: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
        for uri, document in self.by_uri.items():
            for name, schema in document.get("definitions", {}).items():
                for base in self._bases(uri, schema):
                    value = schema.get("x-ms-discriminator-value", name)
                    found.setdefault(base, []).append((value, uri, name))
        return found

    def _bases(self, uri: str, schema: Document) -> Iterator[tuple[str, str]]:
        for part in schema.get("allOf", ()):
            if "$ref" not in part:
                continue
            where, pointer = urldefrag(urljoin(uri, part["$ref"]))
            _, base = self.resolved(uri, part)
            if "discriminator" in base:
                yield where, pointer.rpartition("/")[2]
            yield from self._bases(where, base)

    def _adapted(self, schema: Any, uri: str, sent: bool, *, inherited: bool = False) -> Document:
        """Return a Swagger schema as JSON Schema."""
        if "$ref" in schema:
            reference = {"$ref": self._reference(schema["$ref"], uri, sent, inherited=inherited)}
            return {"anyOf": [{"type": "null"}, reference]} if schema.get("x-nullable") else reference
        found: Document = {key: value for key, value in schema.items() if key in _KEPT}
        # Azure can add values at any time, but a request may only have documented ones.
        if not sent and schema.get("x-ms-enum", {}).get("modelAsString"):
            found.pop("enum", None)
        properties = schema.get("properties", {})
        if properties:
            found["properties"] = {
                name: False if sent and inner.get("readOnly") else self._adapted(inner, uri, sent)
                for name, inner in properties.items()
            }
        if sent and "required" in found:
            found["required"] = [name for name in found["required"] if not properties.get(name, {}).get("readOnly")]
        if "items" in schema:
            found["items"] = self._adapted(schema["items"], uri, sent)
        if isinstance(schema.get("additionalProperties"), dict):
            found["additionalProperties"] = self._adapted(schema["additionalProperties"], uri, sent)
        if "allOf" in schema:
            found["allOf"] = [self._adapted(part, uri, sent, inherited=True) for part in schema["allOf"]]
        if schema.get("x-nullable"):
            if "type" in found:
                found["type"] = [found["type"], "null"]
            if "enum" in found:
                found["enum"] = [*found["enum"], None]
        return found

    def _reference(self, reference: str, uri: str, sent: bool, *, inherited: bool) -> str:
        where, pointer = urldefrag(urljoin(uri, reference))
        name = pointer.rpartition("/")[2]
        # A subtype inherits the plain base, because the two would otherwise include each other endlessly.
        is_whole = not inherited and "discriminator" in self.by_uri[where].get("definitions", {}).get(name, {})
        return f"{_place(where, sent)}#/{'whole' if is_whole else 'definitions'}/{name}"


def _place(uri: str, sent: bool) -> str:
    return f"{BASE}{'sent' if sent else 'received'}/{uri.removeprefix(BASE)}"
