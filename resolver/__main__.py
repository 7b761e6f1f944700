"""``python -m resolver`` is ``profile-resolver``."""

from resolver.cli import main

if __name__ == "__main__":
    main()
