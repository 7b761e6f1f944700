"""The house as drawn: who may import whom, what no module does, what a package shows, what is in the wheel."""

from __future__ import annotations

import ast
import importlib
import json
import os
import subprocess
import sys
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("indexes", "resolver", "baselines", "experiments")  # a room imports from itself and from rooms before it
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
HEAVY = ("torch", "faiss", "onnxruntime", "sentence_transformers", "transformers")
RUNS_CODE_WHEN_READ = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
BANNED_NAMES = {"eval", "exec", "print", "breakpoint"}
LONGEST = 400

each_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
each_room = pytest.mark.parametrize("room", ROOMS)


def imports(tree):
    """Every import of a module with its line: inside functions, for type checking only, and by `import_module` too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.lineno, node.module
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if function in {"import_module", "__import__"}:
                yield node.lineno, str(node.args[0].value)


def above(room, tree):
    allowed = ROOMS[: ROOMS.index(room) + 1]
    tops = [(line, name, name.partition(".")[0]) for line, name in imports(tree)]
    return [f"line {line}: {name}" for line, name, top in tops if top in ROOMS and top not in allowed]


def forbidden(tree):
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in BANNED_NAMES:
            found.append(f"line {node.lineno}: {node.id}")
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle" and getattr(node.value, "value", True):
            found.append(f"line {node.lineno}: allow_pickle")
    found += [f"line {line}: {name}" for line, name in imports(tree) if name.partition(".")[0] in RUNS_CODE_WHEN_READ]
    return found


def run(code, *, folder=ROOT):
    """What a new interpreter prints that finds modules in the folder first."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=folder, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_there_are_modules_in_every_room():
    assert {path.relative_to(ROOT).parts[0] for path in MODULES} == set(ROOMS)


@each_module
def test_a_room_imports_only_from_rooms_below_it(path):
    room = path.relative_to(ROOT).parts[0]
    assert above(room, ast.parse(path.read_bytes())) == []


@pytest.mark.parametrize(
    "code",
    [
        "import experiments",
        "from experiments.run import run_system",
        "def late():\n    from baselines import create",
        "import importlib\nimportlib.import_module('experiments.cli')",
    ],
)
def test_the_check_of_rooms_sees_every_way_to_import(code):
    assert len(above("resolver", ast.parse(code))) == 1


@each_module
def test_no_module_runs_text_as_code_unpickles_or_prints(path):
    assert forbidden(ast.parse(path.read_bytes())) == []


@pytest.mark.parametrize(
    "code", ["eval(x)", "run = exec", "print(1)", "import pickle", "def f():\n    from joblib import load"]
)
def test_the_check_of_forbidden_names_sees_them(code):
    assert len(forbidden(ast.parse(code))) == 1


@each_module
def test_a_module_is_short_enough_to_be_read(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@each_room
def test_public_names_are_sorted_and_unique(room):
    """Constants, then classes, then the rest, each by name: ruff's order."""
    names = importlib.import_module(room).__all__
    assert names == sorted(set(names), key=lambda name: (not name.isupper(), not name[0].isupper(), name))


@each_room
def test_every_public_name_is_there_and_listed(room):
    package = importlib.import_module(room)
    assert [name for name in package.__all__ if not hasattr(package, name)] == []
    assert set(package.__all__) <= set(dir(package))


@each_room
def test_a_package_says_that_it_is_typed(room):
    assert (ROOT / room / "py.typed").is_file()


@pytest.mark.parametrize("room", ["resolver", "indexes"])
def test_importing_a_package_loads_nothing_heavy(room):
    assert (
        json.loads(run(f"import sys, json, {room}; print(json.dumps(sorted({set(HEAVY)} & set(sys.modules))))")) == []
    )


@pytest.mark.parametrize("command", ["profile-bench", "profile-resolver"])
def test_a_console_script_leads_somewhere(command):
    (script,) = entry_points(group="console_scripts", name=command)
    assert callable(script.load())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built without a network by the hatchling that the dev extra installs."""
    pytest.importorskip("hatchling", reason="hatchling is not installed: pip install -e '.[dev]'")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert built.returncode == 0, built.stderr
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(wheel):
    files = {path for room in ROOMS for path in (ROOT / room).rglob("*") if path.is_file()}
    kept = {path.relative_to(ROOT).as_posix() for path in files if path.parent.name != "__pycache__"}
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == kept
    for folder in ("resolver/data/", "experiments/sample/", "experiments/sample/users/"):
        assert any(name.startswith(folder) and name.endswith(".json") for name in names), folder


def test_the_wheel_finds_its_data_without_the_repository(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = (
        "import resolver, experiments.sample as sample\n"
        "from resolver.features import FEATURES\n"
        "from resolver.models import Models\n"
        "assert sample.records() and Models.load().choice.features.keys() == set(FEATURES)\n"
        "print(resolver.__file__, sample.__file__, sep='\\n')"
    )
    places = run(code, folder=tmp_path).splitlines()
    assert all(Path(place).is_relative_to(tmp_path) for place in places), places


@pytest.mark.parametrize("package", ["resolver", "experiments"])
def test_each_command_is_there_by_its_package(package):
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", package, "--help"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert "Usage:" in done.stdout
