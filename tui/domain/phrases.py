"""The sentences, and parts of sentences, that more than one place shows; each fact is worded here once."""

from collections.abc import Iterable, Sequence

from tui.domain.fitness import Fitness
from tui.domain.runtimes import AS_OF, Support
from tui.domain.states import Tone

_LEAST_LIKENESS = 0.75
_LEAST_PART = 3
"""Letters that a part of a word must have to stand for it."""


def enumerated(words: Sequence[str], last: str = "and") -> str:
    """Some words as a list in a sentence: `a`, `a and b`, `a, b and c`; empty where there is none."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def plural(number: int, word: str) -> str:
    """A number of things: `1 role`, `2 roles`, `3 identities`."""
    return f"{number} {form_of(word, number)}"


def form_of(word: str, number: int) -> str:
    """A noun in the form that a number asks for."""
    if number == 1:
        return word
    return f"{word[:-1]}ies" if word.endswith("y") and word[-2:-1] not in "aeou" else f"{word}s"


def nearest(word: str, known: Iterable[str]) -> str:
    """What was probably meant by a word that is not known; empty where nothing, or more than one, is close.

    Args:
        word: As typed; letter case does not matter, and a dash is the same as an underscore.
        known: The words that there are.
    """
    import difflib

    word, words = _folded(word), {_folded(one): one for one in known}
    close = difflib.get_close_matches(word, words, n=1, cutoff=_LEAST_LIKENESS)
    if not close and len(word) >= _LEAST_PART:
        close = [one for one in words if one.startswith(word) or word in one.split(".")]
    return words[close[0]] if len(close) == 1 else ""


def did_you_mean(meant: str) -> str:
    """The question whether something else was meant; empty where nothing comes to mind."""
    return f'Did you mean "{meant}"?' if meant else ""


def suggestion(word: str, known: Iterable[str]) -> str:
    """The same question about the nearest of some words, with a space in front to follow another sentence."""
    meant = nearest(word, known)
    return f" {did_you_mean(meant)}" if meant else ""


def _folded(word: str) -> str:
    return word.lower().replace("_", "-")


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
