"""The long description: README.md without its pictures, because a package index has no file beside the text."""

import re
from pathlib import Path

from setuptools import setup

README = Path(__file__).with_name("README.md").read_text(encoding="utf-8")

setup(
    long_description=re.sub(r"^!\[.*\]\(.*\)\n+", "", README, flags=re.MULTILINE),
    long_description_content_type="text/markdown",
)
