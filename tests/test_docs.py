"""The documents do what they say: their Python runs, and every command in them exists.

The Python blocks of a document run one after the other as one program, in an empty folder, with the line numbers of the
document; ``>>>`` examples are checked as doctests. So do the commands of the console scripts in its shell blocks, and
the demo. A block behind ``<!-- not run: why -->`` is only checked for syntax and for commands that do not exist. What
stands behind ``<!-- made by: command -->`` is what the command prints, from results that are kept in the repository.
"""

from __future__ import annotations

import ast
import doctest
import os
import re
import shlex
import subprocess
import sys
from importlib.metadata import entry_points, metadata
from pathlib import Path
from typing import NamedTuple

import click
import pytest
from click.testing import CliRunner

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md")] + sorted((ROOT / "docs").rglob("*.md"))
_FENCE = re.compile(r"^(?P<indent> *)(?P<fence>`{3,}|~{3,})(?P<language>[\w+-]*)[^\n`]*$")
_NOT_RUN = re.compile(r"^\s*<!-- not run: \S.* -->\s*$")
_MADE_BY = re.compile(r"^<!-- made by: (profile-bench .+) -->\n\n(?:```text\n)?", re.MULTILINE)
_SHELL = {"bash", "console", "sh", "shell"}
_PROMPT = re.compile(r"^\s*\$ ")
_SCRIPTS = ("profile-bench ", "profile-resolver ")
_DEMO = re.compile(r"^make demo(?=\s|$)")
_EXTRAS = re.compile(r"(?:profile-resolver|[\s'\"]\.)\[([\w,-]+)\]")

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())


class Block(NamedTuple):
    """A fenced block: its language, its code, the line of its first line of code (from 1), and whether it may run."""

    language: str
    code: str
    line: int
    runs: bool


def blocks(text):
    found, opened, before = [], None, ""
    for number, line in enumerate(text.splitlines(), 1):
        match = _FENCE.match(line)
        if opened is None and match:
            opened = (match, number, not _NOT_RUN.match(before), [])
        elif opened is not None and match and match["fence"] == opened[0]["fence"] and not match["language"]:
            fence, start, runs, lines = opened
            code = "".join(f"{each.removeprefix(fence['indent'])}\n" for each in lines)
            found.append(Block(fence["language"], code, start + 1, runs))
            opened = None
        elif opened is not None:
            opened[3].append(line)
        before = line if line.strip() else before
    assert opened is None, f"the block opened in line {opened[1]} is never closed"
    return found


def plain_python(document):
    found = [block for block in blocks(document.read_text(encoding="utf-8")) if block.language in {"py", "python"}]
    return [block for block in found if not block.code.lstrip().startswith(">>>")]


def program(python):
    """The blocks as one text, each at its own line."""
    text = ""
    for block in python:
        text += "\n" * (block.line - 1 - text.count("\n")) + block.code
    return text


def shell_lines(text):
    """Every line of the shell blocks with its block; prompts are taken off, continued lines joined."""
    for block in blocks(text):
        if block.language in _SHELL:
            for line in block.code.replace("\\\n", " ").splitlines():
                yield block, _PROMPT.sub("", line).strip()


def commands(text):
    """Every command of the shell blocks, without comments and variables set before it, as words."""
    for _, line in shell_lines(text):
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words = []
        for word in [*lexer, ";"]:
            if set(word) <= set("();<>|&"):
                if words:
                    yield [Path(words[0]).name, *words[1:]]
                words = []
            elif words or not re.fullmatch(r"\w+=.*", word):
                words.append(word)


def script_lines(text):
    """The lines of shell blocks that can run inside a test: console scripts, and the demo without make."""
    for block, line in shell_lines(text):
        ours = _DEMO.sub("profile-bench demo", line)
        if block.runs and ours.startswith(_SCRIPTS):
            yield ours


def make_targets():
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))


def wrong_in_make(words):
    targets = [word for word in words if not word.startswith("-") and "=" not in word]
    return [f"make has no target {target}" for target in targets if target not in make_targets()]


def wrong_in_cli(name, words):
    """What a command line names that the console script does not have: a command or an option."""
    (script,) = entry_points(group="console_scripts", name=name)
    command = script.load()
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        if words[0] not in command.commands:
            return [f"{command.name} has no command {words[0]}"]
        command, words = command.commands[words[0]], words[1:]
    context = click.Context(command, **command.context_settings)
    known = {option for parameter in command.get_params(context) for option in parameter.opts}
    given = {word.partition("=")[0] for word in words if re.match(r"--?[a-zA-Z]", word)}
    return [f"{name} {command.name} has no option {option}" for option in sorted(given - known)]


def wrong(words):
    if words[0] == "make":
        return wrong_in_make(words[1:])
    if f"{words[0]} " in _SCRIPTS:
        return wrong_in_cli(words[0], words[1:])
    return []


@each_document
@pytest.mark.model
def test_the_python_of_a_document_runs(document, tmp_path):
    python = [block for block in plain_python(document) if block.runs]
    if not python:
        pytest.skip(f"{document.name} has no Python block that is meant to run")
    script = tmp_path / f"{document.name}.py"
    script.write_text(program(python), encoding="utf-8")
    folder = tmp_path / "empty"
    folder.mkdir()
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONUTF8": "1"}
    done = subprocess.run(  # noqa: S603
        [sys.executable, str(script)], capture_output=True, text=True, check=False, cwd=folder, env=environment
    )
    assert done.returncode == 0, done.stderr


@each_document
def test_all_python_of_a_document_compiles(document):
    for block in plain_python(document):
        ast.parse(program([block]), document.name)


@each_document
@pytest.mark.model
def test_the_interactive_examples_of_a_document_hold(document, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = doctest.testfile(str(document), module_relative=False, encoding="utf-8")
    if not result.attempted:
        pytest.skip(f"{document.name} has no >>> example")
    assert result.failed == 0


@each_document
@pytest.mark.model
def test_the_commands_of_a_document_run(document, tmp_path):
    lines = list(script_lines(document.read_text(encoding="utf-8")))
    if not lines:
        pytest.skip(f"{document.name} has no command of this project that is meant to run")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "HF_HUB_OFFLINE": "1", "PYTHONUTF8": "1"}
    for line in lines:
        done = subprocess.run(  # noqa: S602 - the document's own words, as a reader would type them
            line, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"


@each_document
def test_the_tables_of_a_document_are_what_their_commands_print(document, monkeypatch):
    text = document.read_text(encoding="utf-8")
    monkeypatch.chdir(ROOT)
    for made in _MADE_BY.finditer(text):
        (script,) = entry_points(group="console_scripts", name="profile-bench")
        words = [own for word in shlex.split(made[1])[1:] for own in sorted(map(str, Path().glob(word))) or [word]]
        printed = CliRunner().invoke(script.load(), words, catch_exceptions=False)
        assert printed.exit_code == 0, printed.output
        assert text[made.end() :].startswith(printed.stdout.strip()), f"{document.name}: {made[1]} prints otherwise"


@each_document
def test_every_command_in_a_document_exists(document):
    assert [fault for words in commands(document.read_text(encoding="utf-8")) for fault in wrong(words)] == []


@each_document
def test_every_make_target_in_the_prose_exists(document):
    named = re.findall(r"`make ([a-z-]+)`", document.read_text(encoding="utf-8"))
    assert set(named) <= make_targets()


@each_document
def test_every_extra_in_a_document_exists(document):
    named = {name for names in _EXTRAS.findall(document.read_text(encoding="utf-8")) for name in names.split(",")}
    assert named <= set(metadata("profile-resolver").get_all("Provides-Extra"))


def test_every_make_target_that_a_user_sees_says_what_it_does():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    assert set(phony.split()) == set(re.findall(r"^([a-z-]+):.*## \S", makefile, flags=re.MULTILINE))


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("make nonsense", "make has no target nonsense"),
        ("profile-bench nonsense --x", "profile-bench has no command nonsense"),
        ("X=1 .venv/bin/profile-bench run --nonsense=1", "profile-bench run has no option --nonsense"),
        ("$ cd a && make setup PYTHON=python3.12 nothing  # why", "make has no target nothing"),
    ],
)
def test_the_check_of_commands_finds_what_does_not_exist(line, fault):
    assert [found for words in commands(f"```sh\n{line}\n```\n") for found in wrong(words)] == [fault]


def test_the_reading_of_blocks_keeps_lines_and_marks():
    text = "a\n\n```python\nx = 1\n```\n\n<!-- not run: needs a key -->\n\n```python\ny\n```\n  ~~~py\n  z\n  ~~~\n"
    assert blocks(text) == [
        Block("python", "x = 1\n", 4, runs=True),
        Block("python", "y\n", 10, runs=False),
        Block("py", "z\n", 13, runs=True),
    ]
    assert program([block for block in blocks(text) if block.runs]).splitlines()[12] == "z"
