"""Fixtures of the black-box tests: a server of the test's own, and turns between the tests that run beside each
other."""

import contextlib
import fcntl
import pathlib
import shutil
import tempfile

import pytest

import server as driver


def pytest_sessionstart(session):
    if not session.config.option.collectonly and not driver.BINARY.exists():
        pytest.exit(
            f"cannot run: there is no binary at {driver.BINARY}; build it with swift build -c release", returncode=1
        )


def pytest_collection_modifyitems(items):
    """Long tests are skipped unless they are asked for. Those that run alone come first, then those that take their
    time: so no worker waits for another's last test."""
    for item in items:
        if (long := item.get_closest_marker("long")) and not driver.LONG:
            item.add_marker(pytest.mark.skip(reason=f"{long.args[0]}; THINAI_LONG=1 runs it"))

    def turn(item):
        return 0 if item.get_closest_marker("serial") else 1 if item.get_closest_marker("lengthy") else 2

    items.sort(key=turn)


def pytest_runtest_setup(item):
    for marker in item.iter_markers("needs"):
        for program in marker.args:
            if not shutil.which(program):
                pytest.skip(f"{program} is not installed")


@contextlib.contextmanager
def locked(name, how):
    with open(name, "a") as file:
        fcntl.flock(file, how)
        yield


@pytest.fixture(autouse=True)
def turn(request, tmp_path_factory):
    """Any number of tests at once, or one that is marked `serial`. Who wants to be alone closes the door behind which
    the others wait, so that it is not overtaken for ever."""
    if not hasattr(request.config, "workerinput"):
        yield
        return
    folder = tmp_path_factory.getbasetemp().parent
    how = fcntl.LOCK_EX if request.node.get_closest_marker("serial") else fcntl.LOCK_SH
    with contextlib.ExitStack() as room:
        with locked(folder / "door", how):
            room.enter_context(locked(folder / "room", how))
        yield


@pytest.fixture
def server(request, turn):
    """A server that runs, configured as the mark `server` says."""
    marker = request.node.get_closest_marker("server")
    with driver.Server(**(marker.kwargs if marker else {})) as started:
        yield started


@pytest.fixture
def home():
    """A folder of the test's own, whose path is short."""
    with tempfile.TemporaryDirectory(prefix="thinai-test-") as path:
        yield pathlib.Path(path)


@pytest.fixture(autouse=True)
def servers():
    """All servers that the test makes."""
    driver.Server.made.clear()
    return driver.Server.made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A test that fails shows the end of its servers' logs."""
    report = yield
    if report.failed:
        for number, made in enumerate(driver.Server.made):
            report.sections.append((f"log of server {number}", made.said or made.log()))
    return report
