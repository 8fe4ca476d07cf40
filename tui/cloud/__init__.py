"""The only package that talks to Azure: SDK clients, raw reads, retries, polling, errors and sign-in.

Nothing here writes to the screen: its loggers and the libraries' get a handler that drops messages, because Python
would otherwise print warnings over a full-screen program.
"""

import logging

for _name in (__name__, "azure", "msal", "msrest", "aiohttp"):
    logging.getLogger(_name).addHandler(logging.NullHandler())
