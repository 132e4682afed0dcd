"""What these programs share. Clients read orders from stdin, one JSON a line, and print a report for each
(test/interop/order.ts); servers print their port and end when stdin does."""

import asyncio
import json
import sys


def message_of(pattern):
    text = pattern["unit"] * pattern["times"] + pattern["rest"]
    return text if pattern["kind"] == "text" else text.encode("latin-1")


def echo_of(pattern, received):
    kind = "text" if isinstance(received, str) else "binary"
    size = len(received.encode()) if kind == "text" else len(received)
    return {"kind": kind, "size": size, "same": received == message_of(pattern)}


async def serve(carry_out):
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        try:
            report = await carry_out(json.loads(line))
        except Exception as error:  # whatever it is, the test is to show it
            report = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(report), flush=True)


async def until_stdin_ends():
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
