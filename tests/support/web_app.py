"""A FastAPI app with an embedded daemon, to be run by uvicorn as a process; it writes down each job that succeeded."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from sqsd import Message, Settings, Sqsd

JOB = 0.02  # seconds


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with Sqsd(Settings(INVOKER_PARALLEL_COUNT=8), invoker=work):
        yield


async def work(message: Message) -> None:
    await asyncio.sleep(JOB)
    write_down(message.body)


def write_down(body: str) -> None:
    with Path(os.environ["LEDGER"]).open("a") as ledger:
        ledger.write(f"{body}\n")


app = FastAPI(lifespan=lifespan)
