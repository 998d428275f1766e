"""``python -m salesplan``."""

from salesplan.cli import main

if __name__ == "__main__":
    main()
