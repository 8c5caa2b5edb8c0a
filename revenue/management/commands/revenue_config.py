"""`manage.py revenue_config`: the encrypted document as YAML, and the rotation of its key."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qa_observability.secrets_at_rest import rotate_secrets
from revenue import revisions
from revenue.config import ConfigError, changes, config_from_yaml, to_yaml
from revenue.config_yaml import MAX_CHARACTERS
from revenue.crypto import CryptoError


class Command(BaseCommand):
    help = "Show, export or import the revenue configuration, or re-encrypt it under a new key."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("show", help="Print the configuration in force, and which revision it is.")
        export = actions.add_parser("export", help="Print the document alone, as `import` takes it.")
        export.add_argument("--output", metavar="FILE", help="Write it there instead, readable by you alone.")
        load = actions.add_parser("import", help="Put a YAML document in force, after all its values were checked.")
        load.add_argument("file", metavar="FILE", help="`-` reads standard input.")
        load.add_argument("--comment", default="", help="Why it changes; kept in the history.")
        load.add_argument("--dry-run", action="store_true", help="Only say what would change.")
        actions.add_parser(
            "rotate-key", help="Re-encrypt every revision and secret under the first of REVENUE_CONFIG_KEYS."
        )

    def handle(self, *, action: str, **options: Any) -> None:
        try:
            self._run(action, options)
        except CryptoError as error:
            raise CommandError(str(error)) from error
        except revisions.StaleRevisionError as error:
            raise CommandError(f"Nothing was changed. {error}") from error

    def _run(self, action: str, options: dict[str, Any]) -> None:
        if action == "show":
            self._show()
        elif action == "export":
            self._export(output=options["output"])
        elif action == "import":
            self._import(file=options["file"], comment=options["comment"], dry_run=options["dry_run"])
        else:
            self._rotate()

    def _show(self) -> None:
        chosen = revisions.current()
        row = chosen.revision
        who = f" by {row.author}" if row and row.author else ""
        heading = f"{row}, {row.created_at:%Y-%m-%d %H:%M} UTC{who}" if row else "No revision yet: the defaults"
        self.stdout.write(f"# {heading}\n{to_yaml(chosen.config)}", ending="")

    def _export(self, *, output: str | None) -> None:
        text = to_yaml(revisions.current().config)
        if output is None:
            self.stdout.write(text, ending="")
            return
        path = Path(output)
        try:
            path.touch(mode=0o600)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{output}: {error.strerror}") from error
        self.stdout.write(f"Wrote {output}")

    def _import(self, *, file: str, comment: str, dry_run: bool) -> None:
        text = _read(file)
        try:
            config = config_from_yaml(text, known=revisions.known_integrations())
        except ConfigError as error:
            lines = "\n".join(f"  {file}: {problem}" for problem in error.problems)
            raise CommandError(f"Nothing was changed.\n{lines}") from error
        try:
            chosen = revisions.current()
            found = changes(chosen.config, config)
            expected = chosen.revision_id
        except CryptoError:
            if dry_run:
                raise
            # The way out of a document that no key opens: the file replaces it, and says everything anew.
            found, expected = [], revisions.newest_id()
        for change in found:
            self.stdout.write(f"{change.path}: {change.before} -> {change.after}")
        if dry_run:
            self.stdout.write(f"{len(found)} figures would change.")
            return
        row = revisions.save(
            config, author=None, comment=comment[:500] or f"Imported from {Path(file).name}", expected=expected
        )
        self.stdout.write(f"{row} is in force, {len(found)} figures changed.")

    def _rotate(self) -> None:
        rotated = revisions.rotate_keys(progress=self._progress)
        self.stdout.write(
            f"{rotated.rotated} revisions re-encrypted under the first key, {rotated.unchanged} were already."
        )
        self.stdout.write(f"{rotate_secrets()} secrets of connections re-encrypted under the first key.")

    def _progress(self, done: int, total: int) -> None:
        if self.stdout.isatty():
            self.stdout.write(f"\r{done:,} of {total:,} revisions", ending="" if done < total else "\n")
            self.stdout.flush()


def _read(file: str) -> str:
    """Read a file, but no more of it than a document may have."""
    try:
        if file == "-":
            data = sys.stdin.buffer.read(4 * MAX_CHARACTERS + 1)
        else:
            with Path(file).open("rb") as opened:
                data = opened.read(4 * MAX_CHARACTERS + 1)
        return data.decode("utf-8-sig")
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise CommandError(f"{file}: line {line} is not UTF-8 text") from error
