"""Starts servers and clients for the tests of one module."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest_asyncio
from lsprotocol import types
from session import Session, start
from support import Binary

Start = Callable[..., Awaitable[Session]]


@pytest_asyncio.fixture
async def starter(binary: Binary, tmp_path: Path) -> AsyncIterator[Start]:
    """A function that starts a server and introduces a client to it. All are ended with the test."""
    sessions: list[Session] = []

    async def begin(**options: object) -> Session:
        sessions.append(await start(binary.path, tmp_path, **options))
        return sessions[-1]

    yield begin
    for session in sessions:
        await session.end()


@pytest_asyncio.fixture
async def session(starter: Start) -> Session:
    """A modern client that counts in UTF-16, as most editors do."""
    return await starter(encodings=[types.PositionEncodingKind.Utf16])
