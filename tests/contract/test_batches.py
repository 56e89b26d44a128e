# SPDX-License-Identifier: Apache-2.0
"""Sanitizer and fuzz builds compile files in batches, which share their unnamed namespaces.

Which files meet in a batch changes with every file that is added; so a name is used once in a
layer, or its file is compiled by itself (cmake/PomonaHelpers.cmake).
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HELPERS = (ROOT / "cmake/PomonaHelpers.cmake").read_text("utf-8")
ALONE = set(re.search(r"set\(POMONA_BY_ITSELF(.*?)\)", HELPERS, re.S)[1].split())
PROGRAM = re.compile(re.search(r'set\(program.*?REGEX "(.*?)"', (ROOT / "cli/CMakeLists.txt")
                               .read_text("utf-8"), re.S)[1].replace("\\\\", "\\"))  # fmt: skip
LAYERS = [*(p for p in sorted((ROOT / "src/pomona").iterdir()) if p.is_dir()), ROOT / "cli"]

NAMESPACE = re.compile(r"^namespace (pomona[\w:]*) \{", re.M)
HIDDEN = re.compile(r"^namespace \{\n(.*?)^\}  // namespace\n", re.S | re.M)
TYPE = re.compile(r"^(?:struct|class|enum class|enum) (\w+)")
ALIAS = re.compile(r"^using (\w+) = ([^;]*);")
CONSTANT = re.compile(r"^(?:constexpr|const) [^;({]*?\b(\w+)(?:\[[^\]]*\])*\s*[={]")
FUNCTION = re.compile(r"^(?=\S)[\w:<>,\s*&]+?\b(\w+)\(([^()]*(?:\([^()]*\)[^()]*)*)\)\s*\{")


def hidden_names(text):
    """(name, what it is) of each unnamed namespace; of functions the types that they take."""
    for block in HIDDEN.findall(text):
        for line in re.sub(r"(?<![;{}\n])\n\s+", " ", block).split("\n"):
            if found := TYPE.match(line) or CONSTANT.match(line):
                yield found[1], "its own"
            elif found := ALIAS.match(line):
                yield found[1], f"= {found[2]}"
            elif found := FUNCTION.match(line):
                types = (re.sub(r"\s*=.*|\b\w+$", "", p.strip()).strip()
                         for p in found[2].split(","))  # fmt: skip
                yield found[1], f"({', '.join(types)})"


def clashes(layer, tests):
    uses = {}
    for file in layer.rglob("*.cc"):
        by_itself = file.name in ALONE or file.name.endswith("_benchmark.cc")
        program = layer.name == "cli" and PROGRAM.search(file.name)
        if by_itself or program or file.name.endswith("_test.cc") != tests:
            continue
        # Each instruction set has its own flags: never in a batch.
        if file.name.startswith("kernels_"):
            continue
        text = file.read_text("utf-8")
        space = NAMESPACE.search(text)
        for name, kind in hidden_names(text):
            of = uses.setdefault((space[1] if space else "", name), {})
            of.setdefault(kind, set()).add(file.name)
    public = {
        (space[1], found[1])
        for file in layer.rglob("*.h")
        if (space := NAMESPACE.search(file.read_text("utf-8")))
        for line in file.read_text("utf-8").split("\n")
        if (found := TYPE.match(line))
    }
    for (space, name), kinds in uses.items():
        files = sorted(set().union(*kinds.values()))
        overloads = all(kind.startswith("(") for kind in kinds)
        same_alias = len(kinds) == 1 and next(iter(kinds)).startswith("= ")
        twice = any(len(of) > 1 for kind, of in kinds.items() if not kind.startswith("= "))
        if (space, name) in public and not same_alias:
            yield f"{space}::{name} of {files} is a type of a header too"
        elif twice or (len(files) > 1 and not overloads and not same_alias):
            yield f"{space}::{name} is in {files}"


@pytest.mark.parametrize("tests", [False, True], ids=["sources", "tests"])
@pytest.mark.parametrize("layer", LAYERS, ids=lambda p: p.name)
def test_names_can_share_a_batch(layer, tests):
    assert not list(clashes(layer, tests)), "rename one, or put its file into POMONA_BY_ITSELF"


def test_a_clash_is_found(tmp_path):
    for name, inside in (("a", "struct Word {};"), ("b", "int Word(int x) {\n  return x;\n}")):
        (tmp_path / f"{name}.cc").write_text(
            f"namespace pomona {{\nnamespace {{\n{inside}\n}}  // namespace\n}}\n"
        )
    assert list(clashes(tmp_path, False)) == ["pomona::Word is in ['a.cc', 'b.cc']"]
