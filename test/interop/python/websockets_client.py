"""The library websockets as a client."""

import asyncio

import websockets

from orders import echo_of, message_of, serve


def pieces_of(message, count):
    size = -(-len(message) // count)
    return [message[i * size : (i + 1) * size] for i in range(count)]


async def carry_out(order):
    options = {"subprotocols": order["subprotocols"] or None, "ping_interval": None, "max_size": None}
    async with websockets.connect(order["url"], **options) as socket:
        report = {"subprotocol": socket.subprotocol or "", "echoes": []}
        if "message" in order:
            pattern = order["message"]
            message = message_of(pattern)
            for _ in range(pattern["repeats"]):
                await socket.send(message if pattern["fragments"] == 1 else pieces_of(message, pattern["fragments"]))
                if "close" in order:
                    report["echoes"].append(echo_of(pattern, await socket.recv()))
        if "ping" in order:
            await (await socket.ping(order["ping"]))
            report["pong"] = order["ping"]
        if "close" in order:
            await socket.close(**order["close"])
        await socket.wait_closed()
        report["close"] = {"code": socket.close_code, "reason": socket.close_reason}
        return report


asyncio.run(serve(carry_out))
