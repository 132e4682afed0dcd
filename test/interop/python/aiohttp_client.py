"""aiohttp as a client. It does not answer pings by itself here, since it tells of pongs only then."""

import asyncio

from aiohttp import ClientSession, WSMsgType

from orders import echo_of, message_of, serve


async def receive(socket):
    """The next message that is not a ping."""
    while (message := await socket.receive()).type == WSMsgType.PING:
        await socket.pong(message.data)
    return message


async def carry_out(order):
    options = {"protocols": order["subprotocols"], "compress": 15, "autoping": False, "max_msg_size": 0}
    async with ClientSession() as session, session.ws_connect(order["url"], **options) as socket:
        report = {"subprotocol": socket.protocol or "", "echoes": []}
        if "message" in order:
            pattern = order["message"]
            message = message_of(pattern)
            for _ in range(pattern["repeats"]):
                await (socket.send_str if pattern["kind"] == "text" else socket.send_bytes)(message)
                if "close" in order:
                    report["echoes"].append(echo_of(pattern, (await receive(socket)).data))
        if "ping" in order:
            await socket.ping(order["ping"].encode())
            report["pong"] = (await receive(socket)).data.decode()
        if "close" in order:
            close = order["close"]
            await socket.close(code=close.get("code", 1000), message=close.get("reason", "").encode())
        else:
            await receive(socket)
        report["close"] = {"code": socket.close_code, "reason": ""}
        return report


asyncio.run(serve(carry_out))
