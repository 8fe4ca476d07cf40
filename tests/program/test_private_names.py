"""Every private name of a library that the program uses is listed with a reason and still exists."""

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from types import ModuleType

import pytest

import tui

_POLLING = "azure.core.polling"
_LRO = f"{_POLLING}.async_base_polling.AsyncLROBasePolling"
_DRIVER = "textual.drivers.linux_driver.LinuxDriver"

USED = {
    "tui.cloud.connection": {
        "aiohttp.client_reqrep.ClientResponse._body": "shares its name with the transport's own",
    },
    # The SDK's polling can neither report each status nor be limited to the cloud's hosts.
    "tui.cloud.polling": {
        f"{_POLLING}.base_polling._SansIOLROBasePolling._initial_response": "read first",
        f"{_POLLING}.base_polling._SansIOLROBasePolling._operation": "judges an odd answer",
        f"{_LRO}._pipeline_response": "the last answer",
        f"{_LRO}._poll": "reports each status",
        f"{_LRO}._sleep": "waits on the client's clock",
        f"{_LRO}._status": "a 404 after a delete",
        f"{_POLLING}.base_polling.LocationPolling._location_url": "only on the cloud's hosts",
        f"{_POLLING}.base_polling.OperationResourcePolling._operation_location_header": "only on the cloud's hosts",
        "azure.mgmt.core.polling.arm_polling.BodyContentPolling._get_provisioning_state": "no model",
    },
    "tui.logs": {
        "logging.FileHandler._open": "opens the log for its owner only",
    },
    "tui.settings.command_line": {
        "argparse._ArgumentGroup": "names a type",
        "argparse.ArgumentParser._print_message": "prints what any terminal can show",
    },
    "tui.sandbox.served": {
        "aiohttp.web_server.Server._make_request": "every request goes to the simulation as it is",
    },
    # On a failure, Textual ends the program with all its screens and prints local variables.
    "tui.ui.app": {
        "textual.message_pump.MessagePump._close_messages_no_wait": "ends the program without a report",
        "textual.message_pump.MessagePump._closed": "whether it is about to end",
        "textual.app.App._exception": "logged in place of the report",
        "textual.app.App._exit_renderables": "the one sentence in place of the report",
        "textual.app.App._fatal_error": "prints local variables, which may hold a token",
        "textual.app.App._handle_exception": "nothing is reported that fails while the program ends",
        "textual.app.App._return_code": "set where the error came without an exception",
        "textual.message_pump.MessagePump._closing": "whether it is about to end",
    },
    "tui.ui.containment": {
        "textual._types.CallbackType": "names a type",
        "textual.events.Callback._prevent": "calls back as Textual does",
        "textual.message_pump.MessagePump._dispatch_message": "reports what a handler raises",
        "textual.message_pump.MessagePump._flush_next_callbacks": "and what was put off",
        "textual.message_pump.MessagePump._next_callbacks": "what was put off",
    },
    "tui.ui.internals": {
        "textual._callback.invoke": "see there",
        "textual._parser.ParseError": "see there",
        "textual._xterm_parser.XTermParser": "see there",
        "textual.app.App._check_action_state": "see there",
        "textual.app.App._driver": "see there",
        "textual.app.App._exit": "see there",
        "textual.app.App._sync_available": "see there",
        "textual.dom.DOMNode._bindings": "see there",
        "textual.dom.DOMNode._pruning": "see there",
        "textual.screen.Screen._modal_binding_chain": "see there",
        "textual.screen.Screen._push_result_callback": "see there",
        "textual.timer.Timer._skip": "see there",
        "textual.widget.Widget._layout_updates": "see there",
    },
    "tui.ui.stack": {
        "textual.screen.Screen._compose": "a screen that cannot be built does not end the program",
        "textual.screen.Screen._extend_compose": "as Textual composes",
        "textual.screen.Screen._on_layout": "measures again",
        "textual.widget.Widget._pending_children": "as Textual composes",
    },
    # Neither a terminal's input nor its closing may end the driver's threads.
    "tui.ui.terminal_driver": {
        "textual.drivers._writer_thread.WriterThread._queue": "what is still to be written",
        "textual.driver.Driver._app": "hears of the terminal's end",
        f"{_DRIVER}._file": "output that survives the terminal",
        f"{_DRIVER}._key_thread": "whether it holds the terminal",
        f"{_DRIVER}._must_signal_resume": "whether it gave it up",
        f"{_DRIVER}._run_input_thread": "reports its failure",
        f"{_DRIVER}._sigcont_application": "takes it once",
        f"{_DRIVER}._writer_thread": "what is still to be written",
    },
    "tui.ui.widgets.field": {
        "textual.widgets._input.Input._on_paste": "takes all lines of a paste",
    },
}
"""The modules that use private names, the names, and why."""

PRIVATE = re.compile(r"_[A-Za-z]\w*")
OF_OTHERS = {
    "_ArgumentGroup": "argparse",
    "_bindings": "textual.dom.DOMNode",
    "_check_action_state": "textual.app.App",
    "_driver": "textual.app.App",
    "_exit": "textual.app.App",
    "_layout_updates": "textual.widget.Widget",
    "_modal_binding_chain": "textual.screen.Screen",
    "_prevent": "textual.events.Callback",
    "_pruning": "textual.dom.DOMNode",
    "_push_result_callback": "textual.screen.Screen",
    "_queue": "textual.drivers._writer_thread.WriterThread",
    "_skip": "textual.timer.Timer",
    "_sync_available": "textual.app.App",
}
"""What has a name that is looked up on something other than `self`."""


def our_modules() -> Iterator[ModuleType]:
    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        if not module.name.endswith("__main__"):
            yield importlib.import_module(module.name)


def is_ours(owner: type[object]) -> bool:
    return owner.__module__.partition(".")[0] == "tui"


@cache
def tree_of(module: str) -> ast.Module:
    """The syntax tree of a module; empty if it is not written in Python."""
    try:
        return ast.parse(inspect.getsource(importlib.import_module(module)))
    except (OSError, TypeError):
        return ast.Module([], [])


@cache
def private_names_of(base: type[object]) -> dict[str, str]:
    """The private names that a library class defines or sets on its instances, each with its full name."""
    trees = [node for node in ast.walk(tree_of(base.__module__)) if isinstance(node, ast.ClassDef)]
    named = {
        name for tree in trees if tree.name == base.__name__ for name in names_in(tree) | names_on_self(tree, ast.Store)
    }
    return {name: f"{base.__module__}.{base.__qualname__}.{name}" for name in named if PRIVATE.fullmatch(name)}


def private_names(owner: type[object]) -> dict[str, str]:
    """The private names that a class inherits from library classes, each with its full name."""
    found: dict[str, str] = {}
    for base in owner.__mro__:
        if not is_ours(base) and base.__module__ not in ("builtins", "typing", "enum", "abc"):
            found = private_names_of(base) | found
    return found


def names_on_self(tree: ast.ClassDef, *how: type[ast.expr_context]) -> set[str]:
    """The names that a class uses on `self`, or only those that it uses in the ways of `how`."""
    on_self = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and is_own(node))
    return {node.attr for node in on_self if not how or isinstance(node.ctx, how)}


def names_in(tree: ast.ClassDef) -> set[str]:
    named = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assigned = (node.targets for node in tree.body if isinstance(node, ast.Assign))
    return named | {target.id for targets in assigned for target in targets if isinstance(target, ast.Name)}


def is_own(node: ast.Attribute) -> bool:
    return ast.unparse(node.value) in ("self", "cls", "super()")


def own_names() -> set[str]:
    """All names that the program itself defines."""
    found = set()
    for module in our_modules():
        for node in ast.walk(tree_of(module.__name__)):
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    found.add(name)
                case ast.Name(id=name, ctx=ast.Store()) | ast.AnnAssign(target=ast.Name(id=name)):
                    found.add(name)
                case ast.Attribute(attr=name, ctx=ast.Store()) if is_own(node):
                    found.add(name)
    return found


def used() -> Iterator[tuple[str, str]]:
    """All private names of libraries that the program uses, each after the module that uses it."""
    own = own_names()
    for module in our_modules():
        tree = tree_of(module.__name__)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and not node.module.startswith("tui"):
                for alias in node.names:
                    name = f"{node.module}.{alias.name}"
                    if any(PRIVATE.fullmatch(part) for part in name.split(".")):
                        yield module.__name__, name
            elif isinstance(node, ast.Attribute) and PRIVATE.fullmatch(node.attr) and not is_own(node):
                if node.attr not in own or module.__name__ == "tui.ui.internals":
                    yield module.__name__, f"{OF_OTHERS.get(node.attr, '?')}.{node.attr}"
            elif isinstance(node, ast.ClassDef) and hasattr(module, node.name):
                theirs = private_names(getattr(module, node.name))
                mine = names_in(node) | names_on_self(node)
                yield from ((module.__name__, theirs[name]) for name in mine & theirs.keys())


def test_every_private_library_name_in_use_is_listed_with_a_reason() -> None:
    listed = [(module, name) for module, names in USED.items() for name in names]
    assert sorted(set(used())) == sorted(listed)


@pytest.mark.parametrize("name", sorted({name for names in USED.values() for name in names}))
def test_every_private_library_name_in_use_still_exists(name: str) -> None:
    owner, _, attribute = name.rpartition(".")
    try:
        found: object = importlib.import_module(owner)
    except ModuleNotFoundError:
        module, _, class_name = owner.rpartition(".")
        found = getattr(importlib.import_module(module), class_name)
    is_set = isinstance(found, type) and any(attribute in private_names_of(base) for base in found.__mro__)
    is_slot = attribute in getattr(found, "__dataclass_fields__", {})
    assert hasattr(found, attribute) or is_set or is_slot, f"{name} is gone: look at what uses it."
