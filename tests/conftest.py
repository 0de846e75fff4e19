"""What all Python tests share."""

from __future__ import annotations

import pytest
from support import Binary, find_binary


@pytest.fixture(scope="session")
def binary() -> Binary:
    """The program under test; without one there is nothing to test, so that is an error and no skip."""
    return Binary(find_binary())
