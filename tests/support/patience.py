"""How long tests wait for what must happen."""

PATIENCE_SECONDS = 120.0
"""The longest wait, in real seconds; on a busy computer a program may need many times what it needs alone."""
