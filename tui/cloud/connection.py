"""The transport over the network; imports aiohttp, so this module is only imported when it is needed.

aiohttp sends a PUT or DELETE a second time by itself when an open connection breaks, and azure-core
then calls such a break `ServiceRequestError`, "no request was sent". Both are wrong for a program that
must not write twice; a middleware makes them honest.
"""

from typing import Any

from aiohttp import (
    ClientConnectorError,
    ClientHandlerType,
    ClientOSError,
    ClientRequest,
    ClientResponse,
    ClientResponseError,
    ClientSession,
    DummyCookieJar,
    ServerDisconnectedError,
)
from azure.core.pipeline.transport import AioHttpTransport, AsyncHttpTransport

CONNECT_SECONDS = 10
READ_SECONDS = 60
"""Azure Machine Learning takes up to half a minute to answer (recorded: `x-request-time: 26.169`)."""


def network_transport() -> AsyncHttpTransport[Any, Any]:
    """A new transport over the network; proxies are taken from the environment.

    Returns:
        azure-core's aiohttp transport, for the event loop that runs now.
    """
    session = ClientSession(
        trust_env=True,
        cookie_jar=DummyCookieJar(),
        auto_decompress=False,  # azure-core decompresses by itself
        middlewares=(_no_second_sending,),
    )
    transport: AsyncHttpTransport[Any, Any] = AioHttpTransport(
        session=session, connection_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS
    )
    return transport


async def _no_second_sending(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Turn a break of an open connection into an error after which neither library sends again."""
    try:
        return await handler(request)
    except ClientConnectorError:
        raise  # never connected, so nothing was sent
    except (ClientOSError, ServerDisconnectedError) as error:
        raise ClientResponseError(request.request_info, (), message=f"The connection broke: {error}") from error
