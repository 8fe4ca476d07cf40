"""The rules for the command line in CONTRIBUTING.md: each names tests that exist, or a reason."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def rules() -> list[tuple[str, str]]:
    """Each rule, and how it is kept."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition("## Rules for the command line\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| ((?!rule |---).+?) \| (.+) \|$", section, re.MULTILINE)


def test_each_rule_is_kept_by_a_test_that_exists_or_has_a_reason() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    tests = set(re.findall(r"def (test_\w+)", sources))
    found = rules()
    assert len(found) > 40
    for rule, how in found:
        assert set(re.findall(r"`(test_\w+)`", how)) <= tests, rule
        assert len(how) > 5, rule
