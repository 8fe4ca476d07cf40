"""Screens, dialogs and widgets bind exactly the actions of the action table."""

import importlib
import pkgutil
from collections.abc import Iterator
from functools import partial

from textual.binding import Binding
from textual.dom import DOMNode

import tui.ui
from tests.support import scenes
from tests.support.screen import happened, settled
from tests.support.stage import Stage
from tui.actions import ACTIONS, PLACES, bound_by, working_on
from tui.ui.app import SparkpoolApp
from tui.ui.internals import binding_chain
from tui.ui.key_guard import Guarded

JOURNEY: dict[str, tuple[str, ...]] = {
    "computes": (),
    "detail": ("enter",),
    "pool": ("escape", "p"),
    "pool-form": ("e",),
    "export": ("escape", "escape", "x"),
    "roles": ("escape", "r"),
    "grant": ("a",),
    "tags": ("escape", "escape", "e"),
    "identity": ("escape", "i"),
    "identity-form": ("home", "down", "down", "enter", "ctrl+n"),
    "sign-in": ("escape", "escape", "escape", "L"),
    "operations": ("escape", "o"),
    "picker": ("escape", "w"),
    "attach": ("escape", "a"),
    "spec": ("ctrl+o",),
    "detach": ("escape", "escape", "ctrl+d"),
    "help": ("escape", "question_mark"),
    "manual": ("m",),
    "manual-page": ("enter",),
}
"""The places of one walk through the program, each with the keys to press in the one before."""


WRITING = {
    *(f"computes.{name}" for name in ("attach", "detach", "edit", "fix", "identity")),
    *(f"detail.{name}" for name in ("detach", "edit", "fix", "identity")),
    *(f"roles.{name}" for name in ("fix", "grant", "remove")),
    *("attach.new", "identity.new", "plan.apply", "plan.detach", "pool.change"),
}
"""What a read-only run disables: the promise not to write, which no edit of the table may break unnoticed."""
CONFIRMING = {
    *("attach.accept", "confirm.yes", "conflict.mine", "conflict.theirs"),
    *("operations.continue", "operations.stop-watching", "plan.apply", "plan.detach"),
}
"""What counts only after the user could read it: the promise to send nothing that was not meant."""
ANYWHERE = {
    *("app.how-to-leave", "app.quit", "app.quit-always", "app.suspend", "ask.close", "attach.back", "confirm.no"),
    *("conflict.back", "device-code.give-up", "error.close", "grant.back", "help.close", "identity.back", "plan.back"),
    *("identity-form.back", "pool-form.back", "screen.back", "spec.back", "tags.back", "unlock.cancel"),
}
"""What works at any moment: the way out."""


def classes() -> Iterator[type[DOMNode]]:
    """Yield every DOM node class defined in `tui.ui`."""
    for module in pkgutil.walk_packages(tui.ui.__path__, "tui.ui."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, DOMNode) and value.__module__ == module.name:
                yield value


def test_each_place_is_bound_by_one_class_that_binds_nothing_else() -> None:
    bound: dict[str, type[DOMNode]] = {}
    for owner in classes():
        names = [binding.id for binding in Binding.make_bindings(vars(owner).get("BINDINGS", ()))]
        if names:
            (where,) = {ACTIONS[name or ""].where for name in names}
            assert where not in bound
            bound[where] = owner
    assert set(bound) == set(PLACES)


def test_exactly_the_agreed_actions_write_confirm_or_only_lead_away() -> None:
    assert {action.id for action in ACTIONS.values() if action.writes} == WRITING
    assert {action.id for action in ACTIONS.values() if action.confirms} == CONFIRMING
    assert {action.id for action in ACTIONS.values() if action.leaves} == ANYWHERE
    assert {name: place.confirms for name, place in PLACES.items() if place.confirms} == {"unlock": ("field.submit",)}


_SHARED = ("DialogScreen", "FieldFormScreen")
"""What dialogs and forms share, and what is never shown by itself."""


def test_every_screen_and_dialog_declares_its_own_place() -> None:
    """A screen that inherited its place would not know which of its keys write or confirm."""
    screens = [owner for owner in classes() if issubclass(owner, Guarded) and owner.__name__ not in _SHARED]
    places = {owner.WHERE for owner in screens if "WHERE" in vars(owner)}
    assert len(screens) == len(places)
    assert places - {"screen"} == {where for where, place in PLACES.items() if place.kind != "part"}
    for owner in screens:
        names = {binding.id for binding in Binding.make_bindings(vars(owner)["BINDINGS"])}
        assert {ACTIONS[name or ""].where for name in names} == {owner.WHERE}


def test_every_action_is_a_method_of_the_class_that_binds_it() -> None:
    for owner in classes():
        for binding in Binding.make_bindings(vars(owner).get("BINDINGS", ())):
            name = binding.action.partition("(")[0]
            bearer = SparkpoolApp if name.startswith("app.") else owner
            assert hasattr(bearer, f"action_{name.removeprefix('app.')}"), binding.id


def test_every_action_belongs_to_exactly_one_place() -> None:
    assert len(ACTIONS) == sum(len(bound_by(where)) for where in PLACES)
    assert {action.where for action in ACTIONS.values()} == set(PLACES)


def test_places_refer_only_to_known_parts_and_actions() -> None:
    for where, place in PLACES.items():
        assert {PLACES[part].kind for part in place.parts} <= {"part", "dialog"}, where
        assert {*place.first, *place.confirms} <= {action.id for action in working_on(where)}, where
    assert all(action.help for action in ACTIONS.values())


async def test_a_screen_binds_only_the_keys_of_its_place(stage: Stage) -> None:
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await scenes.computes(stage, pilot)
        for where, keys in JOURNEY.items():
            await pilot.press(*keys)
            await happened(pilot, partial(_is_in, stage, where))
            await settled(pilot, stage)
            chain = binding_chain(stage.app.screen)
            bound = {binding.id for _, bindings in chain for _, binding in bindings if binding.id}
            assert bound <= {action.id for action in working_on(where)}, where


def _is_in(stage: Stage, where: str) -> bool:
    return isinstance(stage.app.screen, Guarded) and where == stage.app.screen.WHERE
