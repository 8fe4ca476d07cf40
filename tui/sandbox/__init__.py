"""Azure in a box: the REST services that the product's Azure clients talk to, simulated in process.

The simulation sits below the SDK, as HTTP requests and responses, so that real clients run against it unchanged.
Everything here is standard library only, but for two modules that nobody here imports at the start:
``tui.sandbox.transport`` alone knows azure-core, for whoever builds SDK clients, and ``tui.sandbox.served`` alone knows
a web server, for ``python -m tui.sandbox``.
"""
