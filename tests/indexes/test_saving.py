from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexes import (
    DenseIndex,
    HashingEmbedder,
    HybridIndex,
    IndexFileError,
    IndexModelError,
    LexicalIndex,
)
from indexes.approximate import ApproximateIndex
from indexes.saving import FORMAT

EMBEDDER = HashingEmbedder(8)
KEYS = [f"k{i}" for i in range(8)] + ["", "half \ud83d", "\ud83d\ude00", "a\0b\u2028"]
TEXT = st.one_of(st.sampled_from(["ramen at noon", "opera, opera", "", "tennis \ud83d"]), st.text(max_size=8))
WRITES = st.lists(
    st.tuples(st.sampled_from(["add", "update", "delete"]), st.lists(st.sampled_from(KEYS), unique=True), TEXT),
    max_size=6,
)
QUERIES = ["ramen", "opera tennis", "x"]


@pytest.fixture
def place(tmp_path):
    return tmp_path / "kept" / "index"


@pytest.fixture
def index():
    made = HybridIndex(EMBEDDER, fusion="rrf", weights={"lexical": 0.4})
    made.add(["a", "b", "c"], ["likes ramen", "plays tennis", "likes opera"])
    return made


def write(index, writes):
    for kind, keys, text in writes:
        known = [key for key in keys if key in index]
        if kind == "add":
            new = [key for key in keys if key not in index]
            index.add(new, [f"{text} {number}" for number in range(len(new))])
        elif kind == "update":
            index.update(known, [text] * len(known))
        else:
            index.delete(known)


def found(index):
    modes = ("hybrid", "dense", "lexical")
    return [index.search(query, k, mode=mode) for query in QUERIES for k in (1, 9) for mode in modes]


def files(directory):
    return {path.relative_to(directory): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


@pytest.mark.parametrize("above", [None, 4])
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=WRITES, then=WRITES, fusion=st.sampled_from(["rrf", "score"]))
def test_a_loaded_index_finds_what_the_saved_one_finds_also_after_further_writes(
    tmp_path_factory, above, first, then, fusion
):
    place = tmp_path_factory.mktemp("index")
    index = HybridIndex(EMBEDDER, fusion=fusion, approximate_above=above)
    write(index, first)
    found(index)
    index.save(place)
    loaded = HybridIndex.load(place, EMBEDDER)
    assert found(loaded) == found(index)
    assert (loaded.ids, loaded.fusion, loaded.weights) == (index.ids, index.fusion, index.weights)
    assert [loaded.text(key) for key in loaded.ids] == [index.text(key) for key in index.ids]
    np.testing.assert_array_equal(loaded.vectors(loaded.ids), index.vectors(index.ids))
    write(index, then)
    write(loaded, then)
    assert loaded.ids == index.ids
    assert found(loaded) == found(index)


def test_an_approximate_index_comes_back_with_its_cells(place):
    vectors = np.random.default_rng(2).standard_normal((300, 8)).astype(np.float32)
    index = ApproximateIndex(8, above=100)
    index.add([str(number) for number in range(300)], vectors)
    index.delete(["7", "9"])
    index.search(vectors[0], 3)
    index.update(["0", "40"], vectors[[40, 0]])
    index.add(["new"], vectors[:1])
    index.save(place)
    loaded = ApproximateIndex.load(place)
    assert loaded._cells is not None
    centres = loaded._cells.centres
    more = [f"m{number}" for number in range(120)]  # with these a quarter has changed, and the cells are found anew
    for step in range(2):
        for query in vectors[:40]:
            assert loaded.search(query, 5) == index.search(query, 5)
        for each in (index, loaded) if step == 0 else ():
            each.add(more, vectors[100:220])
    assert loaded._cells.centres is not centres


def test_dense_and_lexical_indexes_come_back_alone(place):
    dense = DenseIndex(2)
    dense.add(["a", "b", "c"], [[1, 0], [0, 1], [0.6, 0.8]])
    dense.delete(["a"])
    dense.save(place / "dense")
    assert DenseIndex.load(place / "dense").search([1, 1], 3) == dense.search([1, 1], 3)
    lexical = LexicalIndex()
    lexical.add(["a", "b"], ["likes ramen", "ramen and opera"])
    lexical.save(place / "lexical")
    assert LexicalIndex.load(place / "lexical").search("ramen", 3) == lexical.search("ramen", 3)
    with pytest.raises(IndexFileError, match=r"manifest\.json is of a saved dense index, not of a lexical one"):
        LexicalIndex.load(place / "dense")


def test_an_empty_index_comes_back(place):
    HybridIndex(EMBEDDER).save(place)
    loaded = HybridIndex.load(place, EMBEDDER)
    assert len(loaded) == 0
    loaded.add(["a"], ["ramen"])
    assert [hit.id for hit in loaded.search("ramen", 1)] == ["a"]


def test_a_save_replaces_the_one_before_and_leaves_nothing_of_it(place, index):
    index.save(place)
    first = files(place)
    index.delete(["a"])
    index.save(place)
    assert HybridIndex.load(place, EMBEDDER).ids == ("b", "c")
    assert len(list(place.glob("v-*"))) == 1
    assert len(files(place)) == len(first)
    assert not any(b"ramen" in content for content in files(place).values())
    if os.name == "posix":
        assert not any(path.stat().st_mode & 0o077 for path in place.iterdir())


@pytest.mark.parametrize("above", [None, 2])
def test_any_flipped_byte_of_any_file_is_noticed_and_the_file_named(place, above):
    index = HybridIndex(EMBEDDER, approximate_above=above)
    index.add(["a", "b", "c"], ["ramen", "opera", "tea"])
    index.search("ramen", 1)
    index.save(place)
    rng = np.random.default_rng(0)
    for path in [path for path in place.rglob("*") if path.is_file()]:
        whole = path.read_bytes()
        every = range(len(whole)) if path.name == "manifest.json" else rng.integers(0, len(whole) or 1, 30).tolist()
        for at in every if whole else ():
            path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << int(rng.integers(0, 8)))]) + whole[at + 1 :])
            with pytest.raises(IndexFileError, match=path.name):
                HybridIndex.load(place, EMBEDDER)
        for damaged in (b"", whole[:-1], whole[: len(whole) // 2], whole + b"\0") if whole else ():
            path.write_bytes(damaged)
            with pytest.raises(IndexFileError, match=path.name):
                HybridIndex.load(place, EMBEDDER)
        if path.name != "lock":
            path.unlink()
            with pytest.raises(IndexFileError, match=path.name):
                HybridIndex.load(place, EMBEDDER)
        path.write_bytes(whole)
    assert len(HybridIndex.load(place, EMBEDDER)) == 3


def test_what_is_not_there_or_not_ours_is_refused(tmp_path, index):
    with pytest.raises(IndexFileError, match="holds no saved index"):
        HybridIndex.load(tmp_path / "nothing", EMBEDDER)
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "letter.txt").write_text("dear")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "manifest.json").write_text('{"format": 1}')
    (tmp_path / "file").write_text("dear")
    for path, word in ((foreign, "letter.txt"), (tmp_path / "other", "manifest.json"), (tmp_path / "file", "file")):
        before = files(tmp_path)
        with pytest.raises(IndexFileError, match=word):
            index.save(path)
        with pytest.raises(IndexFileError):
            HybridIndex.load(path, EMBEDDER)
        assert files(tmp_path) == before


def test_another_model_is_refused(place, index):
    index.save(place)
    with pytest.raises(IndexModelError, match=r"hashing-8-v1.*hashing-16-v1"):
        HybridIndex.load(place, HashingEmbedder(16))


def sealed(manifest):
    """A manifest with its checksum, as another version might write it."""
    body = {key: value for key, value in manifest.items() if key != "seal"}
    seal = sha256((json.dumps(body, indent=1) + "\n").encode()).hexdigest()
    return json.dumps({**body, "seal": seal}, indent=1) + "\n"


def test_a_newer_format_says_so(place, index):
    index.save(place)
    manifest = json.loads((place / "manifest.json").read_text())
    (place / "manifest.json").write_text(sealed({**manifest, "format": FORMAT + 1, "sha256": None}))
    with pytest.raises(IndexFileError, match=r"manifest\.json has format 2.*newer"):
        HybridIndex.load(place, EMBEDDER)


def test_contents_that_do_not_fit_together_are_refused(place, index):
    index.save(place)
    manifest = json.loads((place / "manifest.json").read_text())
    folder = place / manifest["folder"]
    ids = b'["a","b","b"]'
    (folder / "ids.json").write_bytes(ids)
    for digests in (
        {**manifest["sha256"], "ids.json": sha256(ids).hexdigest()},
        {name: digest for name, digest in manifest["sha256"].items() if name != "ids.json"},
        {"../lock": sha256(b"").hexdigest()},
    ):
        (place / "manifest.json").write_text(sealed({**manifest, "sha256": digests}))
        with pytest.raises(IndexFileError, match=place.name):
            HybridIndex.load(place, EMBEDDER)


@pytest.mark.parametrize("call", ["fsync", "replace", "write", "mkdtemp"])
def test_a_disk_that_fails_at_any_point_leaves_what_was_saved_before(place, index, monkeypatch, call):
    index.save(place)
    index.add(["d"], ["drinks tea"])
    outcomes = []
    for at in range(30):
        before = HybridIndex.load(place, EMBEDDER).ids
        left = at

        def full(real):
            def failing(*args, **kwargs):
                nonlocal left
                left -= 1
                if left < 0:
                    raise OSError(28, "No space left on device")
                return real(*args, **kwargs)

            return failing

        with monkeypatch.context() as patched:
            if call == "fsync":
                patched.setattr(os, "fsync", full(os.fsync))
            elif call == "replace":
                patched.setattr(Path, "replace", full(Path.replace))
            elif call == "write":
                patched.setattr(Path, "write_bytes", full(Path.write_bytes))
                patched.setattr(np, "save", full(np.save))
            else:
                patched.setattr("tempfile.mkdtemp", full(__import__("tempfile").mkdtemp))
            try:
                index.save(place)
                outcomes.append("saved")
            except IndexFileError as error:
                outcomes.append(str(error))
                assert HybridIndex.load(place, EMBEDDER).ids == before
                assert len(list(place.glob("v-*"))) == 1
                assert not list(place.glob(".*"))
    assert "No space left on device" in outcomes[0]
    assert outcomes[-1] == "saved"
    assert HybridIndex.load(place, EMBEDDER).ids == index.ids


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_process_killed_at_any_moment_leaves_the_last_version_or_the_next_one(place):
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    done = subprocess.run(  # noqa: S603
        [sys.executable, str(Path(__file__).with_name("saver.py")), str(place)],
        capture_output=True,
        text=True,
        check=False,
        env={**one_thread, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        cwd=Path(__file__).parents[2],
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_readers_beside_a_saver_see_whole_versions(place):
    index = HybridIndex(EMBEDDER)
    index.add(["r0"], ["state 0"])
    index.save(place)
    failures: list[BaseException] = []
    sizes: list[int] = []
    done = threading.Event()

    def read():
        try:
            while not done.is_set():
                loaded = HybridIndex.load(place, EMBEDDER)
                assert loaded.ids == tuple(f"r{number}" for number in range(len(loaded)))
                sizes.append(len(loaded))
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(1, 60):
        index.add([f"r{number}"], [f"state {number}"])
        index.save(place)
    done.set()
    for reader in readers:
        reader.join()
    assert not failures, failures[0]
    assert len(HybridIndex.load(place, EMBEDDER)) == 60


def test_savers_at_once_leave_one_of_their_versions(place):
    def save(number):
        index = HybridIndex(EMBEDDER)
        index.add([f"{number}.{place}" for place in range(number + 1)], ["x"] * (number + 1))
        for _ in range(10):
            index.save(place)

    savers = [threading.Thread(target=save, args=(number,)) for number in range(4)]
    for saver in savers:
        saver.start()
    for saver in savers:
        saver.join()
    loaded = HybridIndex.load(place, EMBEDDER)
    assert {key.split(".")[0] for key in loaded.ids} == {str(len(loaded) - 1)}
    assert len(list(place.glob("v-*"))) == 1


def test_what_a_killed_save_left_is_removed_by_the_next_one(place, index):
    index.save(place)
    (place / "v-half").mkdir()
    (place / "v-half" / "ids.json").write_text("[")
    (place / ".manifest.json-half").write_text("{")
    index.save(place)
    assert sorted(path.name[:2] for path in place.iterdir()) == ["lo", "ma", "v-"]
