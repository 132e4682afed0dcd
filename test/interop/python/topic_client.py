"""A client of topics, written after docs/protocol.md alone: it remembers the epoch of the last `subscribed` and the offset of the last
message, and says so when it comes back. An order names the url, the topic and the event that is the last; the report has
everything that was told, over however many connections it came."""

import asyncio
import json

import websockets

from orders import serve


class Reader:
    def __init__(self, topic):
        self.topic = topic
        self.position = None
        self.told = []

    async def read(self, socket, last):
        """Subscribes and reads. Whether the last message has come."""
        request = {"id": 1, "type": "subscribe", "topic": self.topic}
        if self.position is not None:
            request["recover"] = self.position
        await socket.send(json.dumps(request))
        async for text in socket:
            message = json.loads(text)
            self.told.append(message)
            if message["type"] == "subscribed":
                self.position = {"epoch": message["epoch"], "offset": message["offset"]}
            elif message["type"] == "next":
                self.position["offset"] = message["offset"]
                if message["event"] == last:
                    return True
            else:
                raise RuntimeError(text)
        return False


async def carry_out(order):
    reader = Reader(order["topic"])
    connections = 0
    has_ended = False
    while not has_ended:
        connections += 1
        async with websockets.connect(order["url"], ping_interval=None) as socket:
            try:
                has_ended = await reader.read(socket, order["last"])
            except websockets.ConnectionClosed:
                pass  # and once more
    return {"connections": connections, "told": reader.told}


asyncio.run(serve(carry_out))
