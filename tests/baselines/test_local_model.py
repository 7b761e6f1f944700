"""Finding a model's file, and serving it."""

import hashlib
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from baselines.local_model import MODELS, LocalModelError, find_gguf, serve
from baselines.openai_chat import OpenAIChat
from indexes import HashingEmbedder
from resolver import Catalog, Profile, Resolver

CONTENT = b"GGUF and weights"


@pytest.fixture(autouse=True)
def _no_model_is_named(monkeypatch, request):
    if request.node.get_closest_marker("llm") is None:
        monkeypatch.delenv("LLM_GGUF", raising=False)


@pytest.fixture
def gguf(tmp_path):
    file = tmp_path / "model.gguf"
    file.write_bytes(CONTENT)
    return file


def fetching(monkeypatch, result):
    """The hub gives a file, or fails; what it is asked for is kept."""
    asked = []

    def download(repository, file):
        asked.append((repository, file))
        if isinstance(result, Exception):
            raise result
        return str(result)

    monkeypatch.setattr("huggingface_hub.hf_hub_download", download)
    return asked


def test_a_named_file_is_taken_and_nothing_is_fetched(gguf, monkeypatch):
    asked = fetching(monkeypatch, OSError("offline"))
    assert find_gguf(path=str(gguf)) == gguf
    monkeypatch.setenv("LLM_GGUF", str(gguf))
    assert find_gguf() == find_gguf("99b") == gguf
    assert asked == []


def test_the_file_that_is_given_comes_before_that_of_the_environment(gguf, monkeypatch, tmp_path):
    monkeypatch.setenv("LLM_GGUF", str(tmp_path / "other.gguf"))
    assert find_gguf(path=str(gguf)) == gguf


@pytest.mark.parametrize("name", ["missing.gguf", "."])
def test_a_file_that_is_not_there_is_an_error_that_names_it(tmp_path, name):
    with pytest.raises(LocalModelError, match="no such file; LLM_GGUF names a model") as caught:
        find_gguf(path=str(tmp_path / name))
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"GGU", b"<html>", b"\x00GGUF"])
def test_a_file_of_another_kind_is_an_error(gguf, content):
    gguf.write_bytes(content)
    with pytest.raises(LocalModelError, match=r"model\.gguf: is no GGUF file"):
        find_gguf(path=str(gguf))


def test_an_unknown_size_is_an_error_that_lists_the_known_ones():
    with pytest.raises(LocalModelError, match=r"no model '9b'; there are 0\.5b, 1\.5b"):
        find_gguf("9b")


@pytest.mark.parametrize("size", MODELS)
def test_a_fetched_file_is_verified(gguf, monkeypatch, size):
    known = MODELS[size]._replace(sha256=hashlib.sha256(CONTENT).hexdigest())
    monkeypatch.setattr("baselines.local_model.MODELS", {size: known})
    asked = fetching(monkeypatch, gguf)
    assert find_gguf(size) == gguf
    assert asked == [(known.repository, known.file)]


@pytest.mark.parametrize("content", [CONTENT, b"", CONTENT * 500_000], ids=["other", "empty", "long"])
def test_a_fetched_file_with_another_checksum_is_an_error_and_stays_for_a_look(gguf, monkeypatch, content):
    gguf.write_bytes(content)
    fetching(monkeypatch, gguf)
    found, wanted = hashlib.sha256(content).hexdigest(), MODELS["0.5b"].sha256
    with pytest.raises(LocalModelError, match=rf"SHA-256 is {found}, expected {wanted}; remove it"):
        find_gguf("0.5b")
    assert gguf.exists()


@pytest.mark.parametrize("problem", [OSError("https://user:s3cret@hub is away"), ValueError("s3cret"), KeyError("x")])
def test_a_hub_that_fails_is_an_error_that_says_what_to_do(monkeypatch, problem):
    fetching(monkeypatch, problem)
    with pytest.raises(LocalModelError, match="download it elsewhere and name it by LLM_GGUF") as caught:
        find_gguf()
    assert type(problem).__name__ in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_without_the_server_package_it_is_said_how_to_install_it(gguf, monkeypatch):
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(LocalModelError, match=r"profile-resolver\[local-llm\]"):
        serve(gguf, port=0)


def test_checksums_are_whole():
    assert {len(bytes.fromhex(known.sha256)) for known in MODELS.values()} == {32}


@pytest.fixture
def served():
    """The address of a server that the command starts on a free port; it ends with the test."""
    if not os.environ.get("LLM_GGUF"):
        pytest.skip("LLM_GGUF names no language model's file")
    if find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp is not installed: pip install 'profile-resolver[local-llm]'")
    program = "from experiments.cli import main; main()"
    command = [sys.executable, "-c", program, "serve-llm", "--port", "0", "--context", "2048", "--threads", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:  # noqa: S603
        try:
            yield next((line.split()[-1] for line in process.stdout if line.startswith("serving ")), None)
        finally:
            process.terminate()


@pytest.mark.llm
@pytest.mark.usefixtures("no_openai_settings")
def test_a_local_server_completes_within_a_schema(served):
    assert served is not None, "the server did not start"
    model = OpenAIChat(Path(os.environ["LLM_GGUF"]).stem, base_url=served, max_tokens=30, attempts=1)
    schema = {
        "type": "object",
        "properties": {"answer": {"enum": ["QuickBite.io"]}},
        "required": ["answer"],
        "additionalProperties": False,
    }
    completion = model.complete([{"role": "user", "content": "Say hello."}], schema=schema)
    assert json.loads(completion.text) == {"answer": "QuickBite.io"}
    assert completion.usage.prompt_tokens > 0


@pytest.mark.llm
@pytest.mark.usefixtures("no_openai_settings")
def test_tokens_are_estimated_within_a_fifth_of_what_a_server_counts(served):
    tool = {"platform": "QuickBite.io", "name": "order_food", "description": "Order a meal from a restaurant."}
    catalog = Catalog.from_ptbench(["QuickBite.io"], [{**tool, "parameters": {"dish": {"type": "string"}}}])
    resolver = Resolver(catalog, embedder=HashingEmbedder())
    known = {"address": {"home": "14 Alder Row", "work": "3 Mill Lane"}, "notes": ["I have not eaten meat for years."]}
    resolver.add(Profile.from_json(known, user="ada"))
    step = resolver.augment("Order two portions of 'falafel wrap' to my office.", user="ada")
    model = OpenAIChat("any", base_url=served, max_tokens=1, attempts=1)
    counted = model.complete(step.messages).usage.prompt_tokens
    assert abs(step.tokens - counted) <= counted / 5
