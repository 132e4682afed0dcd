"""The library websockets as a server, what it does chosen by the path. Argument: whether it compresses, on or off."""

import asyncio
import contextlib
import sys
from urllib.parse import parse_qs, urlsplit

import websockets

from orders import until_stdin_ends


async def handle(socket, path):
    url = urlsplit(path)
    if url.path == "/close":
        query = parse_qs(url.query)
        await socket.close(int(query["code"][0]), query.get("reason", [""])[0])
    elif url.path == "/ping":
        await (await socket.ping("are you there"))
        await socket.send("answered")
    with contextlib.suppress(websockets.ConnectionClosed):
        async for message in socket:
            await socket.send([message[:10], message[10:20], message[20:]] if url.path == "/fragments" else message)


async def main():
    options = {"compression": "deflate" if sys.argv[1] == "on" else None, "subprotocols": ["echo.v1"]}
    async with websockets.serve(handle, "127.0.0.1", 0, ping_interval=None, **options) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await until_stdin_ends()


asyncio.run(main())
