"""Spec files: from bytes on disk to values that know their line and column."""
