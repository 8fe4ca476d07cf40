"""Exports of an attached pool, or of a plan, for other tools."""
