"""The verbs: what the screens show, read by the same operations and printed for scripts and pipelines.

Standard output has data only; words go to standard error. Nothing here imports the screen, and nothing asks.
"""
