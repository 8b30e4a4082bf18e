"""A small web app: it greets, and counts who came in Redis where there is one (REDIS_URL)."""

from __future__ import annotations

import os

from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

URL = os.environ.get("REDIS_URL", "")
redis = Redis.from_url(URL, socket_timeout=1, socket_connect_timeout=1) if URL else None


async def greet(_: Request) -> PlainTextResponse:
    visit = f", visitor {await redis.incr('visits')}" if redis else ""
    return PlainTextResponse(f"hello{visit}\n")


async def healthy(_: Request) -> PlainTextResponse:
    return PlainTextResponse("ok\n")


async def ready(_: Request) -> PlainTextResponse:
    if redis:
        await redis.ping()
    return PlainTextResponse("ready\n")


app = Starlette(routes=[Route("/", greet), Route("/healthz", healthy), Route("/ready", ready)])
