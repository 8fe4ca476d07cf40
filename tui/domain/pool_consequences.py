"""The consequences of a change of a Spark pool, shown before it happens."""

from collections.abc import Sequence

from tui.domain.phrases import enumerated, plural, runtime_sentence
from tui.domain.pool_change import PoolChange
from tui.domain.pool_creation import PoolCreation
from tui.domain.runtimes import AS_OF, components, support
from tui.domain.spark import SparkPool
from tui.domain.states import Tone

_IDLE = "Without auto-pause its idle nodes keep running, and cost money, until every session has been stopped."


def creation_consequences(creation: PoolCreation) -> tuple[str, ...]:
    """What the user may not expect of a new Spark pool, one sentence each."""
    auto_pause = creation.settings.auto_pause
    is_idle = auto_pause is None or not auto_pause.enabled
    return (*_doubts(creation.settings.version), *((_IDLE,) if is_idle else ()))


def change_consequences(change: PoolChange) -> tuple[str, ...]:
    """What the user may not expect of a change of a Spark pool, one sentence each."""
    pool, edit = change.pool, change.edit
    sentences = []
    if pool.state.tone is Tone.BUSY:
        sentences.append(f"{pool.name} is {pool.state}: Azure may refuse a change until that has ended.")
    if change.is_resend:
        sentences.append(f"{pool.name} is {pool.state}; the same definition is sent again.")
    if edit.version is not None and edit.version != pool.settings.version:
        sentences += _new_version(pool, edit.version)
    if edit.auto_pause is not None and not edit.auto_pause.enabled:
        sentences.append(_IDLE)
    sentences += _executors(change)
    if not change.changes_nothing:
        sentences.append(
            "Running jobs and sessions are not stopped (the request says force=false), and they were not checked."
        )
    return tuple(sentences)


def attached_sentence(pool: SparkPool, workspace: str, computes: Sequence[str]) -> str:
    """Which computes of an Azure ML workspace share the Spark pool; they are all affected by its change."""
    if not computes:
        return no_computes_sentence(pool.name, workspace)
    noun = "computes" if len(computes) > 1 else "compute"
    return f"This also changes the {noun} {enumerated(computes)} of {workspace}. Other workspaces were not read."


def no_computes_sentence(name: str, workspace: str) -> str:
    """That no compute of an Azure ML workspace attaches the Spark pool of that name."""
    return f"No compute of {workspace} attaches {name}. Other workspaces were not read."


def unknown_computes_sentence(pool: SparkPool, workspace: str) -> str:
    """That the computes which share the Spark pool are unknown; `workspace` is empty if none is open."""
    which = f"the computes of {workspace} could not be read" if workspace else "no Azure ML workspace is open"
    return f"This also changes every compute that attaches {pool.name}; {which}."


def _executors(change: PoolChange) -> tuple[str, ...]:
    """Whether too few nodes are left for the dynamic executors, which Azure refuses (quoted in an issue)."""
    pool, edit = change.pool, change.edit
    executors, most = pool.executors, edit.nodes
    if edit.autoscale is not None and edit.autoscale.enabled:
        most = edit.autoscale.maximum
    if executors is None or not executors.enabled or executors.maximum is None or most is None:
        return ()
    if executors.maximum < most:
        return ()
    needs = f"up to {executors.maximum} dynamic executors, which need at least {executors.maximum + 1} nodes"
    return (f"Azure may refuse it: {pool.name} has {needs}. sparkpool does not change executors.",)


def _new_version(pool: SparkPool, version: str) -> list[str]:
    before, after = components(pool.settings.version), components(version)
    old, new = f"Spark {pool.settings.version or '(unknown)'}", f"Spark {version}"
    if before is not None and after is not None:
        old, new = f"{old} ({before})", f"{new} ({after})"
    sentences = [f"New jobs and sessions run on {new} instead of {old}: test your code there first."]
    files = [pool.requirements] if pool.requirements else []
    files += [plural(len(pool.libraries), "workspace package")] if pool.libraries else []
    if files:
        sentences.append(f"Its libraries stay ({enumerated(files)}): check that they work with {new}.")
    return [*sentences, *_doubts(version)]


def _doubts(version: str) -> tuple[str, ...]:
    runtime = support(version, AS_OF)
    return (runtime_sentence(runtime),) if runtime.tone is not Tone.GOOD else ()
