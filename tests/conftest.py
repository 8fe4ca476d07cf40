"""Fixtures that several test modules share, and hooks for every test."""

import gc
import os
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from textual._styles_cache import StylesCache
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.message import Message
from textual.message_pump import MessagePump

from tests.conformance.plugin import *  # noqa: F403 - pytest finds hooks by their names in this module
from tests.support.sandbox_box import box
from tests.support.screen import frames
from tests.support.stage import Stage
from tui.ui.app import SparkpoolApp
from tui.ui.keys import use_keys
from tui.ui.text import hide, use_ascii

__all__ = ["box", "picking", "stage"]


@pytest.fixture(autouse=True)
def _nothing_fails_behind_the_net(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test with an exception that a screen has contained, unless the test is about that."""
    failures: list[Exception] = []
    report = SparkpoolApp.report_failure

    def noted(app: SparkpoolApp, node: MessagePump, error: Exception, message: Message) -> None:
        failures.append(error)
        report(app, node, error, message)

    monkeypatch.setattr(SparkpoolApp, "report_failure", noted)
    yield
    if failures and request.node.get_closest_marker("contained") is None:
        raise failures[0]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Exclude modules and collected tests, which live to the end, from garbage collection."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, *gc.get_threshold()[1:])
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _style_sheets_are_parsed_once() -> Iterator[None]:
    """Parse each style sheet once for each theme instead of once for each app."""
    parsed: dict[object, list[RuleSet]] = {}
    parse = Stylesheet._parse_rules

    def parse_once(sheet: Stylesheet, css: str, **how: Any) -> list[RuleSet]:
        key = (css, *sorted(how.items()), frozenset(sheet._variables.items()))
        if key not in parsed:
            parsed[key] = parse(sheet, css, **how)
        return parsed[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", parse_once)
        yield


@pytest.fixture(autouse=True)
def _only_what_a_test_looks_at_is_drawn(request: pytest.FixtureRequest) -> Iterator[None]:
    """Skip the frames that an app without a terminal discards; a test that reads the screen draws it then."""
    frames.are_skipped = request.node.get_closest_marker("contained") is None
    yield
    frames.are_skipped = False


@pytest.fixture(autouse=True)
def _what_a_run_sets_for_all_screens_ends_with_its_test() -> Iterator[None]:
    """Reset the keys, the characters and the hidden secrets that a test has set."""
    yield
    use_keys({})
    use_ascii(False)
    hide(())


@pytest.fixture(autouse=True)
def _lines_are_forgotten() -> Iterator[None]:
    """Clear Textual's cache of drawn lines, because it slows down every garbage collection."""
    yield
    StylesCache.get_inner_outer.cache_clear()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Three workers for each core, because a test mostly waits for its screen to settle; idle ones take over tests."""
    if config.option.dist == "no":
        config.option.dist = "worksteal"
    return 3 * (os.cpu_count() or 1)


@pytest.fixture
def stage() -> Iterator[Stage]:
    """An app that opens with the list of computes."""
    stage = Stage()
    stage.operations.start()
    yield stage
    stage.operations.stop()


@pytest.fixture
def picking() -> Iterator[Stage]:
    """An app that opens with the workspace picker."""
    stage = Stage(pick=True)
    stage.operations.start()
    yield stage
    stage.operations.stop()
