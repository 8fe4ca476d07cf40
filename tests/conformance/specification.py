"""Checks of requests and responses against the OpenAPI documents: their operation and their deviations."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property, lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from tests.conformance.recordings import DATA
from tests.conformance.shapes import arm_form
from tests.conformance.swagger import Documents

FOLDER = DATA / "specs" / "specification"
NO_SPECIFICATIONS = f"no OpenAPI documents in {FOLDER}; SPARKPOOL_AZURE_DATA names the folder above specs"

_VERSION = re.compile(r"/(?:stable|preview)/(\d{4}-\d\d-\d\d(?:-preview)?)/")


class Deviation(NamedTuple):
    """One deviation from the specification.

    Attributes:
        operation: The operation's id in the specification, or method and path if it has none.
        part: ``status``, ``header``, ``body``, ``query``, ``path`` or ``operation``, after ``request`` or ``response``.
        place: The place in that part: a JSON path, a name, or a number.
        reason: The rule that it violates, such as ``type`` or ``required``.
        told: The full explanation.
    """

    operation: str
    part: str
    place: str
    reason: str
    told: str

    def __str__(self) -> str:
        return f"{self.operation}, {self.part} {self.place}: {self.reason}: {self.told}"


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation of one version of a service.

    Attributes:
        name: The operation id.
        method: The HTTP method.
        template: The path template.
        version: The api-version of its document.
        uri: The document's URI.
        document: The operation's part of the document.
        shared: The parameters that all methods of its path share.
    """

    name: str
    method: str
    template: str
    version: str
    uri: str
    document: Mapping[str, Any]
    shared: tuple[Any, ...]

    @cached_property
    def whole(self) -> frozenset[str]:
        """The placeholders for several segments of a path, or for none: a scope, or a resource's parents."""
        skips = "x-ms-skip-url-encoding"
        return frozenset(one["name"] for _, one in self.parameters if one.get(skips) and one["in"] == "path")

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The path template as a regular expression with a group for each placeholder."""
        found = ""
        for part in re.split(r"(/?\{\w+\})", self.template.rstrip("/")):
            name = part.strip("/{}")
            if not part.endswith("}"):
                found += re.escape(part)
            elif name in self.whole:
                found += f"(?:/(?P<{name}>.+?))?"
            else:
                found += f"{'/' if part.startswith('/') else ''}(?P<{name}>[^/]+)"
        return re.compile(found, re.IGNORECASE)

    @cached_property
    def parameters(self) -> list[tuple[str, Any]]:
        """The parameters with resolved references, each with the URI of the document that contains it."""
        return [documents().resolved(self.uri, one) for one in (*self.shared, *self.document.get("parameters", ()))]


@cache
def documents() -> Documents:
    """Return the documents, which are read only once."""
    return Documents(FOLDER)


@cache
def operations() -> tuple[Operation, ...]:
    """Return every operation of every document."""
    return tuple(
        Operation(
            document.get("operationId", f"{method} {template}"),
            method.upper(),
            template,
            version[1],
            uri,
            document,
            tuple(methods.get("parameters", ())),
        )
        for uri, whole in documents().by_uri.items()
        if (version := _VERSION.search(uri))
        for template, methods in whole.get("paths", {}).items()
        for method, document in methods.items()
        # A template that is one placeholder, as for an assignment given by its id, says nothing about a path.
        if method != "parameters" and not re.fullmatch(r"/\{\w+\}", template)
    )


@lru_cache(4096)
def operation_of(method: str, path: str, version: str) -> Operation | None:
    """Return the operation of a request in its api-version or in the nearest stored one.

    Args:
        method: The HTTP method.
        path: The path, percent-decoded.
        version: The requested api-version, or empty if none was given.
    """
    found = [one for one in operations() if one.method == method and one.pattern.fullmatch(path.rstrip("/"))]

    def order(one: Operation) -> tuple[int, bool, int]:
        return len(one.whole), one.version != version, abs(_day(one.version) - _day(version))

    return min(found, key=order, default=None)


def _day(version: str) -> int:
    """Return an api-version as an ordinal day; a request without one gets the newest."""
    found = re.match(r"\d{4}-\d\d-\d\d", version)
    return (date.fromisoformat(found[0]) if found else date.max).toordinal()


@cache
def _body_validator(operation: Operation, status: str) -> Draft202012Validator | None:
    uri, response = documents().resolved(operation.uri, operation.document["responses"][status])
    schema = response.get("schema")
    return documents().validator(uri, schema, sent=False) if schema else None


@cache
def _parameter_validator(operation: Operation, index: int) -> Draft202012Validator:
    uri, parameter = operation.parameters[index]
    schema = parameter["schema"] if parameter["in"] == "body" else parameter
    # `required` concerns the parameter and not its value.
    rules = {key: value for key, value in schema.items() if key != "required" or parameter["in"] == "body"}
    return documents().validator(uri, rules, sent=True)


def response_deviations(method: str, url: str, status: int, headers: Iterable[str], body: bytes) -> Iterator[Deviation]:
    """Yield the deviations of a response from the specification of its operation."""
    operation = operation_asked(method, url)
    if operation is None:
        # Errors at hostile paths have no operation, and the specification has none for sign-in.
        path = unquote(urlsplit(url).path)
        if status < 400 and path.lower().startswith("/subscriptions"):
            name = f"{method} {arm_form(path)}"
            yield Deviation(
                name, "response operation", "", "unknown", "no operation of the specification has this path"
            )
        return
    responses = operation.document["responses"]
    if str(status) in responses:
        listed = str(status)
    elif status >= 400 and "default" in responses:
        listed = "default"
    else:
        told = f"the specification has {', '.join(sorted(responses))}"
        yield Deviation(operation.name, "response status", str(status), "unknown", told)
        return
    names = {name.lower() for name in headers}
    for name in documents().resolved(operation.uri, responses[listed])[1].get("headers", {}):
        if name.lower() not in names:
            told = "the header is specified and not there"
            yield Deviation(operation.name, "response header", f"{status} {name.lower()}", "required", told)
    validator = _body_validator(operation, listed)
    if validator is None:
        if body:
            told = "no body is specified"
            yield Deviation(operation.name, "response body", f"{status}", "unknown", told)
    elif not body:
        yield Deviation(operation.name, "response body", f"{status}", "required", "a body is specified and not there")
    else:
        yield from _body_deviations(operation, "response body", validator, json.loads(body))


def request_deviations(method: str, url: str, body: bytes) -> Iterator[Deviation]:
    """Yield the deviations of a request from the specification of its operation."""
    operation = operation_asked(method, url)
    if operation is None:
        name = f"{method} {arm_form(unquote(urlsplit(url).path))}"
        yield Deviation(name, "request operation", "", "unknown", "no operation of the specification has this path")
        return
    found = operation.pattern.fullmatch(unquote(urlsplit(url).path).rstrip("/"))
    given: dict[str, dict[str, str]] = {
        "query": dict(parse_qsl(urlsplit(url).query, keep_blank_values=True)),
        "path": found.groupdict(default="") if found else {},
    }
    for index, (_, parameter) in enumerate(operation.parameters):
        name, where = parameter["name"], parameter["in"]
        if where == "body":
            validator = _parameter_validator(operation, index)
            if body:
                yield from _body_deviations(operation, "request body", validator, json.loads(body))
            elif parameter.get("required"):
                yield Deviation(operation.name, "request body", "", "required", "the body is missing")
        elif name in given.get(where, {}):
            value = _typed(given[where].pop(name), parameter)
            yield from _body_deviations(
                operation, f"request {where}", _parameter_validator(operation, index), value, name
            )
        elif parameter.get("required") and where in given:
            yield Deviation(operation.name, f"request {where}", name, "required", "the parameter is missing")
    if body and not any(parameter["in"] == "body" for _, parameter in operation.parameters):
        yield Deviation(operation.name, "request body", "", "unknown", "no body is specified")
    # Azure decides which parameters a link to the next page has.
    is_link = "$skip" in given["query"] and "x-ms-pageable" in operation.document
    for name in sorted(given["query"]) if not is_link else ():
        yield Deviation(operation.name, "request query", name, "unknown", "no such parameter is specified")


@lru_cache(4096)
def operation_asked(method: str, url: str) -> Operation | None:
    """Return the operation of a request, or None if the specification has none."""
    parts = urlsplit(url)
    version = dict(parse_qsl(parts.query, keep_blank_values=True)).get("api-version", "")
    return operation_of(method, unquote(parts.path), version)


def _typed(value: str, parameter: Mapping[str, Any]) -> Any:
    """Return a parameter converted to its type, or unchanged if that is not possible."""
    if parameter.get("type") in ("integer", "number") and re.fullmatch(r"-?\d+", value):
        return int(value)
    if parameter.get("type") == "boolean" and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return value


def _body_deviations(
    operation: Operation, part: str, validator: Draft202012Validator, document: Any, name: str = ""
) -> Iterator[Deviation]:
    found = (leaf for error in validator.iter_errors(document) for leaf in _leaves(error))
    told = (
        Deviation(operation.name, part, name or _place(leaf), str(leaf.validator or "read-only"), leaf.message[:200])
        for leaf in found
    )
    # Inherited members are validated twice, with the subtype and with the base.
    yield from dict.fromkeys(told)


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """Yield the innermost errors; for a nullable value those of the value itself."""
    inner = [one for one in error.context or () if one.validator_value != "null"]
    if error.validator == "anyOf" and inner:
        for one in inner:
            yield from _leaves(one)
    else:
        yield error


def _place(error: ValidationError) -> str:
    """Return the JSON path, with ``[]`` for any item and ``*`` for tag names and ARM ids."""
    found, before = "", ""
    for step in error.absolute_path:
        free = before in ("tags", "userAssignedIdentities")
        found += "[]" if isinstance(step, int) else f".{'*' if free else step}"
        before = str(step)
    if error.validator == "required":
        missing = re.match(r"'(\w+)' is a required", error.message)
        found += f".{missing[1]}" if missing else ""
    return found.lstrip(".")
