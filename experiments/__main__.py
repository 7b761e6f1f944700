"""``python -m experiments`` is ``profile-bench``."""

from experiments.cli import main

if __name__ == "__main__":
    main()
