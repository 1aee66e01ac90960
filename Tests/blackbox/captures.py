"""Where real captures lie, for the tests that read them."""
import pytest

from server import CAPTURES


def need_captures(*parts):
    """A path below the captures; the test is skipped where there are none."""
    path = CAPTURES.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"no captures at {CAPTURES}; THINAI_CAPTURES names another place")
    return path
