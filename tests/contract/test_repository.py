# SPDX-License-Identifier: Apache-2.0
"""What is promised of every file of the repository, so that nobody has to remember it."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
THIS = Path(__file__).resolve()
CODE = {".cc", ".h", ".py", ".sh", ".cmake", ".pyi", ".ts", ".tsx"}
TEXT = CODE | {".md", ".toml", ".json", ".in", ".yml", ".yaml"}
MAX_LINES = 500

# Built so that this file does not find itself.
MACHINE_PATH = re.compile(r"(?<![\w./])/(?:" + "|".join(["home", "root", "work", "Users"]) + r")/")
UNFINISHED = re.compile(r"\b(?:" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + r")\b")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def repository_files() -> list[Path]:
    """Files that git holds or would hold."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    out = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in out.split("\0") if name and (ROOT / name).is_file()]


def is_text(file: Path) -> bool:
    return file.suffix in TEXT or file.name in {"Makefile", "CMakeLists.txt", "NOTICE", "run"}


FILES = repository_files()
TEXTS = {file: file.read_text(encoding="utf-8") for file in FILES if is_text(file)}
CODES = {file: text for file, text in TEXTS.items() if file.suffix in CODE}
PAGES = {file: text for file, text in TEXTS.items() if file.suffix == ".md"}


def names(files) -> list[str]:
    return [str(file.relative_to(ROOT)) for file in files]


def test_no_path_of_a_machine():
    found = [file for file, text in TEXTS.items() if MACHINE_PATH.search(text)]
    assert not names(found)


def test_nothing_is_left_for_later():
    found = [file for file, text in TEXTS.items() if UNFINISHED.search(text)]
    assert not names(found)


def test_every_source_names_its_licence():
    missing = []
    for file, text in CODES.items():
        head = text.splitlines()[:2]
        if not any("SPDX-License-Identifier: Apache-2.0" in line for line in head):
            missing.append(file)
    assert not names(missing)


def test_no_source_is_too_long():
    long = {file: len(text.splitlines()) for file, text in CODES.items()}
    assert not [
        f"{file.relative_to(ROOT)}: {lines} lines"
        for file, lines in long.items()
        if lines > MAX_LINES
    ]


def test_every_fuzz_target_has_a_corpus():
    corpora = {folder.name for file in FILES for folder in file.parents if "corpus" in str(folder)}
    targets = [file for file in FILES if file.name.endswith("_fuzz.cc")]
    empty = [t for t in targets if not {t.stem, t.stem.removesuffix("_fuzz")} & corpora]
    assert not names(empty), "no seed files in a folder corpus/NAME for NAME_fuzz.cc"


def test_every_cpp_test_is_built():
    """CMake globs *_test.cc of the layer folders; a test elsewhere would never run."""
    layers = ROOT / "src" / "pomona"
    for file in FILES:
        if file.name.endswith("_test.cc"):
            cmake = [folder / "CMakeLists.txt" for folder in file.parents if folder >= ROOT]
            assert any(path.exists() for path in cmake if path.parent != ROOT), file
            if layers in file.parents and file.parent.parent != layers:
                helper = layers / file.relative_to(layers).parts[0] / "CMakeLists.txt"
                assert file.parent.name in helper.read_text(encoding="utf-8"), file


@pytest.mark.parametrize("command", ["run", "test"])
def test_the_two_commands_exist(command):
    readme, makefile = TEXTS[ROOT / "README.md"], TEXTS[ROOT / "Makefile"]
    assert f"make {command}" in readme
    assert re.search(rf"^{command}:", makefile, re.MULTILINE)


def test_every_script_that_is_called_exists():
    called = re.compile(r"\bscripts/[\w-]+\.(?:sh|py)\b")
    for file, text in TEXTS.items():
        missing = [name for name in called.findall(text) if not (ROOT / name).is_file()]
        assert not missing, f"{file.relative_to(ROOT)} names {missing}"


def heading_anchors(text: str) -> set[str]:
    """GitHub's anchors of the headings of a page."""
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_links_resolve():
    broken = []
    for page, text in PAGES.items():
        for link in LINK.findall(text):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = link.partition("#")
            target = (page.parent / path) if path else page
            if not target.exists():
                broken.append(f"{page.relative_to(ROOT)}: {link}")
            elif anchor and anchor not in heading_anchors(target.read_text(encoding="utf-8")):
                broken.append(f"{page.relative_to(ROOT)}: {link} (no such heading)")
    assert not broken


def test_every_decision_is_listed():
    folder = ROOT / "docs" / "decisions"
    listed = set(LINK.findall((folder / "README.md").read_text(encoding="utf-8")))
    assert {note.name for note in folder.glob("[0-9]*.md")} == listed


def test_the_headers_of_the_tour_exist():
    tour = (ROOT / "docs" / "tour.md").read_text(encoding="utf-8")
    missing = [
        name
        for name in re.findall(r"`((?:src/)?(?:pomona|cli)/[\w/]+\.(?:h|cc))`", tour)
        if not any((ROOT / base / name).is_file() for base in ["", "src"])
    ]
    assert not missing
