"""Fixtures that several test modules share."""

from tests.sandbox_box import box

__all__ = ["box"]
