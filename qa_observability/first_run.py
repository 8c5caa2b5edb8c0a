"""Write `.env` with fresh secrets, once. Standard library only: nothing is installed yet when this may run."""

import base64
import os
import secrets
import string
import sys
from pathlib import Path

ENV_FILE = Path(__file__).resolve().parent.parent / ".env"
_LETTERS = string.ascii_letters + string.digits


def env_text() -> str:
    """Return the settings of a new installation; every other one has a default, see `.env.example`."""
    return "\n".join(
        [
            "# Written by `make install`. `.env.example` describes every setting.",
            f"SECRET_KEY={''.join(secrets.choice(_LETTERS) for _ in range(64))}",
            f"REVENUE_CONFIG_KEYS={base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}",
            f"DEMO_PASSWORD={'-'.join(''.join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(3))}",
            "# Plain http on this machine. Behind https, remove the line.",
            "HTTPS_ONLY=false",
            "",
        ]
    )


def write_env(path: Path = ENV_FILE) -> bool:
    """Create `path`, readable by its owner alone, unless it is there; return whether it was created."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w") as file:
        file.write(env_text())
    return True


if __name__ == "__main__":
    if write_env():
        sys.stdout.write("Wrote .env with fresh secrets.\n")
