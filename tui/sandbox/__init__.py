"""Simulated Azure: the REST services that the product's Azure clients talk to, in process.

The simulation is below the SDK, as HTTP requests and responses, so that real clients run against it unchanged.
Everything here uses only the standard library, except two modules that are not imported at the start:
`tui.sandbox.transport` imports azure-core, to build SDK clients, and `tui.sandbox.served` a web server, for `python -m
tui.sandbox`.
"""
