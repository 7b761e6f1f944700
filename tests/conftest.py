"""What tests of several rooms share."""

from contextlib import ExitStack

import pytest
from chat_server import ChatServer
from clusters import running_cluster
from hypothesis import HealthCheck, settings

# a slow or busy machine is no failure
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def cluster():
    """The address of a Ray cluster of two nodes; the test is marked `services`."""
    with running_cluster() as address:
        yield address


@pytest.fixture
def no_openai_settings(monkeypatch):
    """The client knows what a test tells it, and not what this machine's environment says."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_LOG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def playing():
    """Starts a `ChatServer` that plays; it ends with the test."""
    with ExitStack() as servers:
        yield lambda *plays: servers.enter_context(ChatServer(*plays))
