"""aiohttp as a server, what it does chosen by the path. Argument: whether it compresses, on or off."""

import asyncio
import sys

from aiohttp import WSMsgType, web

from orders import until_stdin_ends


async def handle(request):
    # Only who answers pings by hand is told of pongs.
    is_pinging = request.path == "/ping"
    options = {"compress": sys.argv[1] == "on", "protocols": ["echo.v1"], "autoping": not is_pinging}
    socket = web.WebSocketResponse(**options)
    await socket.prepare(request)
    if request.path == "/close":
        await socket.close(code=int(request.query["code"]), message=request.query.get("reason", "").encode())
    elif is_pinging:
        await socket.ping(b"are you there")
    async for message in socket:
        if message.type == WSMsgType.PONG:
            await socket.send_str("answered")
        elif message.type == WSMsgType.TEXT:
            await socket.send_str(message.data)
        else:
            await socket.send_bytes(message.data)
    return socket


async def main():
    application = web.Application()
    application.router.add_get("/{path:.*}", handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await until_stdin_ends()
    await runner.cleanup()


asyncio.run(main())
