"""What tests of several rooms share."""

import pytest
from clusters import running_cluster


@pytest.fixture(scope="session")
def cluster():
    """The address of a Ray cluster of two nodes; the test is marked `services`."""
    with running_cluster() as address:
        yield address
