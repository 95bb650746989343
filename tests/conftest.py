"""What all tests share; the fixtures are in `tests/fixtures`, a module for each topic."""

import hypothesis

pytest_plugins = [
    "tests.fixtures.services",
    "tests.fixtures.app",
    "tests.fixtures.published",
    "tests.fixtures.encoding",
    "tests.fixtures.tus",
    "tests.fixtures.commands",
    "tests.fixtures.player",
    "tests.fixtures.admin_pages",
    "tests.fixtures.gateway",
]

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("patient", parent=hypothesis.settings.default, deadline=None)
hypothesis.settings.load_profile("patient")
