"""The long description: README.md without pictures and relative links, which a package index has no files for."""

import re
from pathlib import Path

from setuptools import setup

README = Path(__file__).with_name("README.md").read_text(encoding="utf-8")
WITHOUT_PICTURES = re.sub(r"^!\[.*\]\(.*\)\n(?:\*.*\*\n)?\n*", "", README, flags=re.MULTILINE)

setup(
    long_description=re.sub(r"\[([^]]*)\]\((?!\w+://)[^)]*\)", r"\1", WITHOUT_PICTURES),
    long_description_content_type="text/markdown",
)
