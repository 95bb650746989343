"""Settings of all tests. The fixtures are in `tests/fixtures`, a module for each topic."""

import gc

import hypothesis
import pytest

pytest_plugins = [
    "tests.fixtures.services",
    "tests.fixtures.store",
    "tests.fixtures.recorded",
    "tests.fixtures.app",
    "tests.fixtures.published",
    "tests.fixtures.small_disk",
    "tests.fixtures.encoding",
    "tests.fixtures.tus",
    "tests.fixtures.commands",
    "tests.fixtures.player",
    "tests.fixtures.admin_pages",
    "tests.fixtures.viewer_pages",
    "tests.fixtures.gateway",
    "tests.fixtures.stack",
    "tests.fixtures.django",
]

# `bin/test -m "not encode and not browser"` leaves out slow tests, known by their fixtures.
MARKS = {"films": "encode", "worker": "encode", "start_stack": "encode", "browser": "browser", "nginx": "nginx"}


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a test by the fixtures it uses, directly or through other fixtures."""
    for fixture in getattr(item, "fixturenames", ()):
        if fixture in MARKS:
            item.add_marker(MARKS[fixture])


def pytest_collection_finish() -> None:
    """Keep the collected tests, hundreds of thousands of objects, out of each garbage collection."""
    gc.collect()
    gc.freeze()


# The run time of an example depends on the load of the machine.
hypothesis.settings.register_profile("no deadline", parent=hypothesis.settings.default, deadline=None)
hypothesis.settings.load_profile("no deadline")
