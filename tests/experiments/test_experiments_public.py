import subprocess
import sys

import experiments


def test_the_public_names_are_pinned_sorted_and_importable():
    assert experiments.__all__ == sorted(experiments.__all__)
    assert set(experiments.__all__) <= set(dir(experiments))
    for name in experiments.__all__:
        assert getattr(experiments, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error():
    assert not hasattr(experiments, "absent")


def test_every_error_is_in_one_tree():
    errors = [getattr(experiments, name) for name in experiments.__all__ if name.endswith("Error")]
    assert all(issubclass(error, experiments.ExperimentError) for error in errors)


def test_importing_the_package_loads_nothing_heavy():
    heavy = {"numpy", "torch", "pydantic", "faiss", "rich.progress"}
    code = f"import sys, experiments, experiments.cli; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"
