"""Tags as text, in the syntax of az: what it reads, it writes; what it cannot read, it says in one sentence."""

import random

import pytest

from tui.domain.tags import InvalidTags, format_tags, is_typeable, parse_tags

LETTERS = "ab =\"'\\é#$`\u00a0\u3000\n"


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("", {}),
        ("  ", {}),
        ('team=data cost=42 "note=two words"', {"team": "data", "cost": "42", "note": "two words"}),
        ("note='two words'", {"note": "two words"}),
        ('note="two words"', {"note": "two words"}),
        ("empty= flag", {"empty": "", "flag": ""}),
        ("formula=a=b", {"formula": "a=b"}),
        (r"path=C:\\data", {"path": r"C:\data"}),
    ],
)
def test_tags_are_read_as_the_shell_and_az_read_them(text: str, tags: dict[str, str]) -> None:
    assert parse_tags(text) == tags


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("=data", "has no name"),
        ("team = data", "has no name"),
        ('note="two words', 'add " at its end'),
        ("note=it's", "add ' at its end"),
        ("path=C:\\", "backslash"),
        ('note="C:\\', "backslash"),
        ("team=data team=other", "The tag team is given twice"),
        ("team=data Team=other", "team and Team are the same tag"),
    ],
)
def test_a_text_that_is_no_list_of_tags_is_explained_in_one_sentence(text: str, words: str) -> None:
    with pytest.raises(InvalidTags) as refused:
        parse_tags(text)
    sentence = str(refused.value)
    assert words in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_every_tag_that_can_be_typed_is_read_as_it_was_written() -> None:
    numbers = random.Random(1)  # noqa: S311 - nothing secret
    typeable = 0
    for _ in range(3000):
        tags: dict[str, str] = {}
        for _ in range(numbers.randint(0, 3)):
            name = "".join(numbers.choices(LETTERS, k=numbers.randint(1, 3)))
            value = "".join(numbers.choices(LETTERS, k=numbers.randint(0, 5)))
            if name.lower() not in {one.lower() for one in tags}:
                tags[name] = value
        wanted = {name: value for name, value in tags.items() if is_typeable(name, value)}
        typeable += len(wanted)
        assert parse_tags(format_tags(tags)) == wanted
    assert typeable > 1000
