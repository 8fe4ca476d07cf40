"""Azure's concepts and their rules: standard library only, no input or output."""
