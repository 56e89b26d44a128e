# SPDX-License-Identifier: Apache-2.0
"""The wheel on a Debian that has Python and nothing of the build. The same files come out as here;
the network is not needed inside."""

import shutil
import subprocess
import sys

import debian
import kit

PACKAGES = "python3,python3-venv,ca-certificates"


def files(folder: kit.Path) -> dict[str, bytes]:
    """What must repeat: all but manifest.json and events/."""
    found = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    repeat = {k: p for k, p in found.items() if k != "manifest.json" and k[:7] != "events/"}
    return {name: path.read_bytes() for name, path in repeat.items()}


def main() -> None:
    wheels = sorted((kit.ROOT / "dist").glob("pomona-*-cp311-*manylinux*.whl"))
    if not wheels:
        kit.skip("no wheel in dist/: make wheel")
    verdicts = kit.Verdicts()
    with debian.tree("bookworm", PACKAGES) as tree:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", tree.path / "wheels"]
        subprocess.run([*pip, wheels[-1]], check=True)
        shutil.copytree(kit.ROOT / "examples/fruits", tree.path / "fruits")
        tools = "! command -v gcc && ! ls /usr/lib/x86_64-linux-gnu/libopenblas* 2>/dev/null"
        verdicts.check(tree.enter(tools), "the tree has no compiler and no OpenBLAS")
        install = (
            "python3 -m venv /pomona && /pomona/bin/pip install -q --no-index -f /wheels pomona"
        )
        verdicts.check(tree.enter(install), f"{wheels[-1].name} installs there")
        run = "/pomona/bin/pomona run /fruits --out /out && /pomona/bin/pomona doctor"
        verdicts.check(tree.enter(run), "pomona run and pomona doctor work there")
        table = "import pomona; assert len(pomona.open('/out').to_arrow()) == 282"
        read = tree.enter(f'/pomona/bin/python -c "{table}"')
        verdicts.check(read, "import pomona reads the table")
        here = kit.fresh("debian-here") / "out"
        kit.pomona("run", tree.path / "fruits", "--out", here)
        same = files(here) == files(tree.path / "out")
        verdicts.check(same, "the same files as the program here")
    verdicts.exit()


if __name__ == "__main__":
    main()
