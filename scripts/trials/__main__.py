"""`python -m scripts.trials [name …]`: see the package."""

import sys

from scripts.trials import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
