"""Certificates for processes that meet over tcp: one for the executive and one for each satellite or station named.

    python examples/make_keys.py FOLDER ember-1 ember-2 ember-3

NAME.key_secret stays with NAME, readable by its owner alone; NAME.key is for the other end. What is there stays.
"""

import sys
from pathlib import Path

import zmq.auth


def main(folder: str, *names: str) -> None:
    """Make what is missing."""
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    for name in ("executive", *names):
        if not (root / f"{name}.key_secret").exists():
            zmq.auth.create_certificates(root, name)
        (root / f"{name}.key_secret").chmod(0o600)


if __name__ == "__main__":
    main(*sys.argv[1:])
