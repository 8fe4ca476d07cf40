"""The sentences, and parts of sentences, that more than one place shows; each fact is worded here once."""

from collections.abc import Sequence

from tui.domain.fitness import Fitness
from tui.domain.runtimes import AS_OF, Support
from tui.domain.states import Tone


def enumerated(words: Sequence[str]) -> str:
    """Some words as a list in a sentence: `a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def counted(number: int, word: str) -> str:
    """A number of things: `1 role`, `2 roles`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def runtime_sentence(runtime: Support) -> str:
    """How long Azure supports a Spark runtime."""
    if not runtime.version:
        return "Azure did not say which Spark version it runs."
    if runtime.ends is None:
        return f"Spark {runtime.version} is not in this program's table (as of {AS_OF})."
    if runtime.ended:
        return f"Support of Spark {runtime.version} ended on {runtime.ends} (as of {AS_OF}): its jobs stop running."
    return f"Spark {runtime.version} is supported until {runtime.ends} (as of {AS_OF})."


def runtime_status(runtime: Support) -> str:
    """The same in a few words; empty where nothing speaks against the runtime."""
    return "runtime ended" if runtime.ended else "runtime ends soon" if runtime.ends_soon else ""


def pool_sentence(fitness: Fitness, *, is_attached: bool) -> str:
    """The state of a Spark pool.

    Args:
        fitness: The judgement.
        is_attached: Whether it is attached already; else the sentence says what its state means for an attach.
    """
    doubt = "" if is_attached or fitness.state_tone is Tone.GOOD else ": Azure may refuse to attach it"
    return f"Spark pool {fitness.pool.parent.name}/{fitness.pool.name} is {fitness.state}{doubt}."


def pool_status(fitness: Fitness) -> str:
    """The same in two words, such as `pool failed`."""
    return "pool is ready" if fitness.state_tone is Tone.GOOD else f"pool {str(fitness.state).lower()}"


def doubts(fitness: Fitness) -> list[tuple[Tone, str]]:
    """What speaks against attaching a Spark pool, a sentence each, with how serious it is."""
    found = [
        (fitness.state_tone, pool_sentence(fitness, is_attached=False)),
        (fitness.runtime.tone, runtime_sentence(fitness.runtime)),
    ]
    return [(tone, sentence) for tone, sentence in found if tone in (Tone.WARNING, Tone.BAD)]
