"""The background worker: its own thread and event loop, so that a stalled terminal stops nothing."""
