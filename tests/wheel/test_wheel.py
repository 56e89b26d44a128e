# SPDX-License-Identifier: Apache-2.0
"""The wheel of scripts/wheel.sh, in an environment that holds nothing else."""

import os
import re
import subprocess
import zipfile
from email.parser import Parser

import pytest
from harness import FRUITS, ROOT, tree

OF_EVERY_SYSTEM = r"(ld-linux-x86-64|lib(c|m|dl|rt|pthread|stdc\+\+|gcc_s|z|resolv))\.so"


def test_the_program_does_the_whole_job_there_with_the_same_bytes(installed, pomona, tmp_path):
    installed("pomona", "run", FRUITS, "--out", tmp_path / "wheel")
    pomona("run", FRUITS, "--out", tmp_path / "build")
    assert tree(tmp_path / "wheel") == tree(tmp_path / "build")
    read = "import pomona, sys; print('rows', len(pomona.open(sys.argv[1]).to_arrow()))"
    assert "rows 282" in installed("python", "-c", read, tmp_path / "wheel").stdout


def test_it_loads_only_what_every_system_has_and_what_came_with_it(installed):
    package = installed.folder / "lib" / "python3.11" / "site-packages" / "pomona"
    ours = [package / "pomona", *package.glob("_core*.so")]
    assert len(ours) == 2
    for file in ours:
        trace = subprocess.run(["ldd", file], capture_output=True, text=True, check=True).stdout
        loaded = re.findall(r"(/\S+) \(0x", trace)
        outside = {
            path for path in loaded if not os.path.realpath(path).startswith(str(package.parent))
        }
        assert "not found" not in trace and len(loaded) - len(outside) > 20
        assert not [path for path in outside if not re.search(rf"/{OF_EVERY_SYSTEM}", path)]


def test_spark_is_looked_for_where_the_wheel_is(installed, tmp_path):
    words = ["run", FRUITS, "--out", tmp_path / "out", "--engine", "spark", "--master", "local[1]"]
    failed = installed("pomona", *words, code=1)
    assert str(installed.folder / "bin" / "python") in failed.stderr


def test_arrow_and_openvino_are_required_exactly_and_not_inside(wheel):
    lock = (ROOT / "requirements.lock").read_text()
    with zipfile.ZipFile(wheel) as file:
        names = file.namelist()
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        required = Parser().parsestr(file.read(metadata).decode()).get_all("Requires-Dist")
    for package in ["pyarrow", "openvino"]:
        pin = re.search(rf"^{package}==\S+", lock, re.MULTILINE).group()
        assert pin in required
    assert not [name for name in names if re.search(r"lib(arrow|parquet|openvino|tbb)", name)]


def test_it_holds_no_path_of_the_machine_that_built_it(wheel):
    with zipfile.ZipFile(wheel) as file:
        ours = [name for name in file.namelist() if re.match(r"pomona/(pomona$|_core)", name)]
        assert len(ours) >= 2
        assert not [name for name in ours if str(ROOT).encode() in file.read(name)]


def test_a_wheel_of_the_stable_abi_is_one():
    """Where one was made: scripts/wheel.sh python3.12."""
    made = list((ROOT / "dist").glob("pomona-*-abi3-*.whl"))
    if not made:
        pytest.skip("no wheel for Python 3.12 and later in dist/")
    for wheel in made:
        with zipfile.ZipFile(wheel) as file:
            modules = [n for n in file.namelist() if re.match(r"pomona/_core\..*so$", n)]
        assert modules == ["pomona/_core.abi3.so"]
