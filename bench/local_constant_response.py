"""An aiohttp server with a constant response: the lower bound for a call to `swf.local`."""

from __future__ import annotations

import asyncio
import sys

from aiohttp import web

RESPONSE = b'{"configuration":{"workflowExecutionRetentionPeriodInDays":"1"},"domainInfo":{"arn":"arn:aws:swf:us-east-1:123456789012:/domain/bench","name":"bench","status":"REGISTERED"}}'  # noqa: E501


async def answer(request: web.BaseRequest) -> web.Response:
    await request.read()
    return web.Response(body=RESPONSE, content_type="application/x-amz-json-1.0")


async def main() -> None:
    runner = web.ServerRunner(web.Server(answer, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"http://127.0.0.1:{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
