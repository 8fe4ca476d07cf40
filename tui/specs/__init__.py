"""Specification files: from bytes on the disk to values that know their line and column."""
