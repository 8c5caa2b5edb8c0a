"""What holds the house together: who may import whom, sizes, folders, and documents that tell the truth."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from drf_spectacular.generators import SchemaGenerator

ROOT = Path(settings.BASE_DIR)
APPS = ("qa_observability", "integrations", "revenue", "correlation")
LONGEST = 300
# One settings file, and migrations as Django writes them.
EXEMPT = re.compile(r"/migrations/|^qa_observability/settings\.py$")
API_DOCUMENT = (ROOT / "docs" / "api.md").read_text()


def files(*patterns: str) -> Iterator[Path]:
    """Return the files that match, but for the environment's and generated ones."""
    for pattern in patterns:
        for path in ROOT.glob(pattern):
            parts = path.relative_to(ROOT).parts
            if path.is_file() and not any(part.startswith(".venv") or part in {"var", "__pycache__"} for part in parts):
                yield path


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_imports_run_one_way():
    command = Path(sys.executable).with_name("lint-imports")
    if not command.exists():
        pytest.skip("import-linter is not installed beside this Python")
    result = subprocess.run(  # noqa: S603  our own tool
        [str(command), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


def test_every_folder_with_python_in_it_is_a_package():
    folders = {path.parent for app in (*APPS, "tests") for path in files(f"{app}/**/*.py")}
    assert [name_of(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def code_lines(path: Path) -> int:
    """Return how many lines a file has, those of its docstrings left out: rules are to be explained at length."""
    text = path.read_text()
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = [node.body[0] for node in ast.walk(ast.parse(text)) if isinstance(node, documented) and has_doc(node)]
    return len(text.splitlines()) - sum((node.end_lineno or 0) - node.lineno + 1 for node in docstrings)


def has_doc(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return ast.get_docstring(node) is not None


def test_no_file_of_the_apps_is_too_long_to_read():
    lengths = {name_of(path): code_lines(path) for app in APPS for path in files(f"{app}/**/*.py")}
    long = {name: lines for name, lines in lengths.items() if lines > LONGEST and not EXEMPT.search(name)}
    assert long == {}


def test_no_test_file_is_too_long_to_read():
    long = {name_of(path): len(path.read_text().splitlines()) for path in files("tests/**/*.py")}
    assert {name: lines for name, lines in long.items() if lines > 250} == {}


def test_no_lock_file_tells_where_files_came_from():
    locks = list(files("*lock*", "*constraints*", "*requirements*"))
    assert [name_of(path) for path in locks] == ["constraints.txt"]
    for path in locks:
        assert "://" not in path.read_text()


def test_every_dependency_is_pinned():
    read = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = [*read["project"]["optional-dependencies"].values(), *read["dependency-groups"].values()]
    wanted = [*read["project"]["dependencies"], *(item for group in groups for item in group)]
    names = {re.match(r"[A-Za-z0-9-]+", item)[0].lower() for item in wanted}
    pinned = {line.split("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines()}
    assert names - pinned == set()


def test_no_template_holds_styles_or_scripts():
    for path in files("templates/**/*.html"):
        html = path.read_text()
        assert not re.search(r"<style|\sstyle=|<script(?![^>]* src=)|\son[a-z]+=|hx-on", html), name_of(path)


def test_every_partial_says_what_it_needs():
    for path in files("templates/**/_*.html"):
        first = path.read_text().splitlines()[0]
        plain = not re.search(r"{[{%]", path.read_text().replace("{% load", ""))
        assert first.startswith("{#") or plain, name_of(path)


def endpoints() -> list[str]:
    found = []
    for path, methods in SchemaGenerator().get_schema(public=True)["paths"].items():
        spelled = re.sub(r"_([a-z])", lambda match: match[1].upper(), path.removeprefix("/api/v1"))
        found += [f"{method.upper()} {spelled}" for method in methods]
    return found


@pytest.mark.parametrize("endpoint", endpoints())
def test_every_endpoint_has_its_section_in_the_api_document(endpoint):
    assert f"### `{endpoint}`\n" in API_DOCUMENT


def test_the_api_document_describes_no_endpoint_that_is_not_there():
    described = re.findall(r"^### `([A-Z]+ /[^`]+)`$", API_DOCUMENT, re.MULTILINE)
    assert sorted(described) == sorted(endpoints())


def test_examples_of_the_documents_are_json():
    for path in files("docs/**/*.md"):
        for example in re.findall(r"```json\n(.*?)```", path.read_text(), re.DOTALL):
            json.loads(example)


def test_links_between_the_documents_lead_somewhere():
    for path in files("docs/**/*.md"):
        for target in re.findall(r"(?<!!)\[[^\]]*\]\((?!https?://|#)([^)#]+)", path.read_text()):
            assert (path.parent / target).exists(), f"{name_of(path)}: {target}"
