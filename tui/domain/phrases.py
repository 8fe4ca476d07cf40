"""Sentences, and parts of sentences, that several places show; each fact is worded here once."""

from collections.abc import Iterable, Sequence

from tui.domain.fitness import Fitness
from tui.domain.runtimes import AS_OF, Support
from tui.domain.states import Tone

_LEAST_LIKENESS = 0.75
_MOST_NAMED = 3
_LEAST_PART = 3
"""How many letters an abbreviation must have to be recognized."""


def enumerated(words: Sequence[str], last: str = "and") -> str:
    """Words as a list in a sentence: `a`, `a and b`, `a, b and c`; empty for none."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def first_of(names: Iterable[str]) -> str:
    """The first of some names as a list in a sentence, and how many more there are."""
    listed = list(names)
    if len(listed) > _MOST_NAMED:
        return f"{', '.join(listed[:_MOST_NAMED])} and {len(listed) - _MOST_NAMED} more"
    return enumerated(listed)


def plural(number: int, word: str) -> str:
    """A number of things: `1 role`, `2 roles`, `3 identities`."""
    return f"{number} {form_of(word, number)}"


def form_of(word: str, number: int) -> str:
    """A noun in singular or plural."""
    if number == 1:
        return word
    return f"{word[:-1]}ies" if word.endswith("y") and word[-2:-1] not in "aeou" else f"{word}s"


def nearest(word: str, known: Iterable[str]) -> str:
    """The word that an unknown word probably stands for; empty if none, or more than one, is close.

    Letter case does not matter, and a dash equals an underscore.
    """
    import difflib

    word, words = _folded(word), {_folded(one): one for one in known}
    close = difflib.get_close_matches(word, words, n=1, cutoff=_LEAST_LIKENESS)
    if not close and len(word) >= _LEAST_PART:
        close = [one for one in words if one.startswith(word) or word in one.split(".")]
    return words[close[0]] if len(close) == 1 else ""


def did_you_mean(meant: str) -> str:
    """The question "Did you mean …?"; empty for an empty suggestion."""
    return f'Did you mean "{meant}"?' if meant else ""


def suggestion(word: str, known: Iterable[str]) -> str:
    """The same question about the nearest of some words, after a space; empty if none is near."""
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
    """The same in a few words; empty if the runtime is supported."""
    return "runtime ended" if runtime.ended else "runtime ends soon" if runtime.ends_soon else ""


def pool_sentence(fitness: Fitness, *, is_attached: bool) -> str:
    """The state of a Spark pool and, unless it is already attached, what that means for an attach."""
    doubt = "" if is_attached or fitness.state_tone is Tone.GOOD else ": Azure may refuse to attach it"
    return f"Spark pool {fitness.pool.parent.name}/{fitness.pool.name} is {fitness.state}{doubt}."


def pool_status(fitness: Fitness) -> str:
    """The same in two words, such as `pool failed`."""
    return "pool is ready" if fitness.state_tone is Tone.GOOD else f"pool {str(fitness.state).lower()}"


def doubts(fitness: Fitness) -> list[tuple[Tone, str]]:
    """The reasons against attaching a Spark pool, one sentence each, with their severity."""
    candidates = [
        (fitness.state_tone, pool_sentence(fitness, is_attached=False)),
        (fitness.runtime.tone, runtime_sentence(fitness.runtime)),
    ]
    return [(tone, sentence) for tone, sentence in candidates if tone in (Tone.WARNING, Tone.BAD)]
