"""What the user has typed into the form of a Spark pool, and the request that this makes."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

from tui.domain.field_texts import InvalidText, new_tags_in, tags_in
from tui.domain.pool_change import PoolChange, PoolEdit
from tui.domain.pool_creation import DEFAULTS, PoolCreation
from tui.domain.pool_rules import pool_name_problem
from tui.domain.pool_texts import (
    PoolField,
    Texts,
    nodes_in,
    nodes_text,
    pause_in,
    pause_text,
    settings_texts,
    size_in,
    version_in,
)
from tui.domain.runtimes import support
from tui.domain.spark import Autoscale, SparkPool, SparkSettings
from tui.domain.states import Tone
from tui.domain.tags import format_tags, is_typeable, set_tags, tag_edit, tags_problem
from tui.domain.workspaces import SynapseWorkspace

_FIXED = Autoscale(enabled=False, minimum=0, maximum=0)


@dataclass(frozen=True, slots=True)
class ChangeInput:
    """Input for a change of a Spark pool: a field that was not touched changes nothing.

    Attributes:
        pool: The Spark pool as Azure showed it last.
        typed: The text of each field that was touched.
        tags_before: The tags over which the text of the tags was typed, where that is not `pool.tags`.
    """

    pool: SparkPool
    typed: Texts = field(default_factory=dict)
    tags_before: Mapping[str, str] | None = None

    @classmethod
    def of(cls, change: PoolChange) -> "ChangeInput":
        """The input of an earlier change, to correct it."""
        pool, edit = change.pool, change.edit
        made = cls(pool)
        if edit.version is not None:
            made = made.with_text(PoolField.VERSION, edit.version)
        nodes = nodes_text(edit.nodes, edit.autoscale)
        if nodes:
            made = made.with_text(PoolField.NODES, nodes)
        if edit.auto_pause is not None:
            made = made.with_text(PoolField.PAUSE, pause_text(edit.auto_pause))
        if edit.tags:
            made = made.with_text(PoolField.TAGS, format_tags(_with_tags(pool.tags, edit.tags)))
        return made

    @property
    def fields(self) -> tuple[PoolField, ...]:
        """The fields of the form, in order."""
        return PoolField.VERSION, PoolField.NODES, PoolField.PAUSE, PoolField.TAGS

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was typed."""
        return not self.typed

    def before(self, one: PoolField) -> str:
        """The text of a field before anything is typed."""
        if one is PoolField.TAGS:
            return format_tags(self._seen_tags)
        return settings_texts(self.pool.settings)[one]

    def text(self, one: PoolField) -> str:
        """The text of a field."""
        return self.typed.get(one, self.before(one))

    def with_text(self, one: PoolField, text: str) -> "ChangeInput":
        """The input after a text was typed."""
        rest = {other: known for other, known in self.typed.items() if other is not one}
        if text.strip() == self.before(one).strip():
            return replace(self, typed=rest, tags_before=None if one is PoolField.TAGS else self.tags_before)
        return replace(self, typed={**rest, one: text})

    def on(self, pool: SparkPool) -> "ChangeInput":
        """The same input, based on what Azure shows now: tags that someone else has set or removed stay so."""
        seen, merged = self._seen_tags, ChangeInput(pool)
        for one, text in self.typed.items():
            if one is PoolField.TAGS and seen != pool.tags:
                merged = merged._with_merged_tags(text, seen)
            else:
                merged = merged.with_text(one, text)
        return merged

    def _with_merged_tags(self, text: str, seen: Mapping[str, str]) -> "ChangeInput":
        """The input with a text of tags that was typed over other tags."""
        try:
            edit = tag_edit(_typeable(seen), tags_in(text, PoolField.TAGS))
        except InvalidText:
            return replace(self, tags_before=seen, typed={**self.typed, PoolField.TAGS: text})
        return self.with_text(PoolField.TAGS, format_tags(_with_tags(self.pool.tags, edit)))

    @property
    def hidden_tags(self) -> tuple[str, ...]:
        """The names of the tags that cannot be edited as text, and stay as they are."""
        return tuple(name for name, value in self.pool.tags.items() if not is_typeable(name, value))

    @property
    def request(self) -> PoolChange:
        """The change.

        Raises:
            InvalidText: If a text cannot be used; the first in the order of the fields.
        """
        edit = PoolEdit()
        if PoolField.VERSION in self.typed:
            edit = replace(edit, version=version_in(self.typed[PoolField.VERSION]))
        if PoolField.NODES in self.typed:
            edit = self._with_nodes(edit, nodes_in(self.typed[PoolField.NODES]))
        if PoolField.PAUSE in self.typed:
            edit = replace(edit, auto_pause=pause_in(self.typed[PoolField.PAUSE]))
        if PoolField.TAGS in self.typed:
            edit = replace(edit, tags=self._tag_edit(tags_in(self.typed[PoolField.TAGS], PoolField.TAGS)))
        return PoolChange(self.pool, edit)

    def _with_nodes(self, edit: PoolEdit, nodes: int | Autoscale) -> PoolEdit:
        if isinstance(nodes, Autoscale):
            return replace(edit, autoscale=nodes)
        scales = self.pool.settings.autoscale is not None and self.pool.settings.autoscale.enabled
        return replace(edit, nodes=nodes, autoscale=_FIXED if scales else None)

    def _tag_edit(self, tags: Mapping[str, str]) -> dict[str, str | None]:
        hidden = {name.lower(): name for name in self.hidden_tags}
        taken = next((hidden[name.lower()] for name in tags if name.lower() in hidden), None)
        if taken is not None:
            reason = f"The Spark pool has a tag {taken} that a field cannot show: it stays as it is."
            raise InvalidText(PoolField.TAGS, reason)
        edit = tag_edit(_typeable(self._seen_tags), tags)
        problem = tags_problem(edit, _with_tags(self.pool.tags, edit))
        if problem:
            raise InvalidText(PoolField.TAGS, problem)
        return edit

    @property
    def _seen_tags(self) -> Mapping[str, str]:
        return self.pool.tags if self.tags_before is None else self.tags_before


@dataclass(frozen=True, slots=True)
class CreationInput:
    """Input for a new Spark pool: a field that was not touched has its default.

    Attributes:
        workspace: The Synapse workspace.
        typed: The text of each field that was touched.
    """

    workspace: SynapseWorkspace
    typed: Texts = field(default_factory=dict)

    @classmethod
    def of(cls, creation: PoolCreation) -> "CreationInput":
        """The input of an earlier request, to correct it."""
        settings = creation.settings
        made = cls(creation.workspace).with_text(PoolField.NAME, creation.name)
        for one, text in {
            PoolField.SIZE: settings.node_size,
            **settings_texts(settings),
            PoolField.TAGS: format_tags(creation.tags),
        }.items():
            made = made.with_text(one, text)
        return made

    @classmethod
    def again(cls, workspace: SynapseWorkspace, pool: SparkPool, today: date) -> "CreationInput":
        """The input that creates a deleted Spark pool again, as far as its settings are known and still possible."""
        texts = {PoolField.SIZE: pool.settings.node_size, **settings_texts(pool.settings)}
        if support(pool.settings.version, today).tone is not Tone.GOOD:
            del texts[PoolField.VERSION]
        made = cls(workspace).with_text(PoolField.NAME, pool.name)
        for one, text in {**texts, PoolField.TAGS: format_tags(pool.tags)}.items():
            with suppress(InvalidText):
                _READERS[one](text)
                made = made.with_text(one, text)
        return made

    @property
    def fields(self) -> tuple[PoolField, ...]:
        """The fields of the form, in order."""
        return tuple(PoolField)

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was typed."""
        return not self.typed

    def before(self, one: PoolField) -> str:
        """The default of a field."""
        return {PoolField.SIZE: DEFAULTS.node_size, **settings_texts(DEFAULTS)}.get(one, "")

    def text(self, one: PoolField) -> str:
        """The text of a field."""
        return self.typed.get(one, self.before(one))

    def with_text(self, one: PoolField, text: str) -> "CreationInput":
        """The input after a text was typed."""
        rest = {other: known for other, known in self.typed.items() if other is not one}
        return replace(self, typed=rest if text.strip() == self.before(one) else {**rest, one: text})

    @property
    def hidden_tags(self) -> tuple[str, ...]:
        """No tags, because all of them were typed."""
        return ()

    @property
    def name(self) -> str:
        """The typed name."""
        return self.text(PoolField.NAME).strip()

    def name_problem(self, taken: Iterable[str]) -> str:
        """Why the name cannot be used, in one sentence; `taken` are the names of the Spark pools that there are."""
        same = next((one for one in taken if one.lower() == self.name.lower()), None)
        if same is not None:
            return f"There is already a Spark pool {same} in {self.workspace.name}: choose another name."
        return pool_name_problem(self.name)

    @property
    def request(self) -> PoolCreation:
        """The request.

        Raises:
            InvalidText: If a text cannot be used; the first in the order of the fields.
        """
        problem = pool_name_problem(self.name)
        if problem:
            raise InvalidText(PoolField.NAME, problem)
        settings = self._settings
        tags = new_tags_in(self.text(PoolField.TAGS), PoolField.TAGS)
        return PoolCreation(self.workspace, self.name, settings, tags)

    @property
    def _settings(self) -> SparkSettings:
        size, version = size_in(self.text(PoolField.SIZE)), version_in(self.text(PoolField.VERSION))
        nodes, pause = nodes_in(self.text(PoolField.NODES)), pause_in(self.text(PoolField.PAUSE))
        made = replace(DEFAULTS, version=version, node_size=size, auto_pause=pause)
        if isinstance(nodes, Autoscale):
            return replace(made, autoscale=nodes)
        return replace(made, node_count=nodes, autoscale=_FIXED)


PoolInput = ChangeInput | CreationInput

_READERS: Mapping[PoolField, Callable[[str], object]] = {
    PoolField.SIZE: size_in,
    PoolField.VERSION: version_in,
    PoolField.NODES: nodes_in,
    PoolField.PAUSE: pause_in,
    PoolField.TAGS: partial(new_tags_in, field=PoolField.TAGS),
}
"""What reads the text of each field, or refuses it."""


def _typeable(tags: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in tags.items() if is_typeable(name, value)}


def _with_tags(tags: Mapping[str, str], edit: Mapping[str, str | None]) -> dict[str, str]:
    document = {"tags": dict(tags)}
    set_tags(document, edit)
    return document["tags"]
