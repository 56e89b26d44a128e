# SPDX-License-Identifier: Apache-2.0
"""The source package on another Debian, with another compiler and Python: docs/install.md, followed
word for word in a tree that holds Python and nothing else. Takes a quarter of an hour and more."""

import shutil
import subprocess

import debian
import kit

RELEASE = "trixie"
PACKAGES = "python3,python3-venv,ca-certificates"


def main() -> None:
    verdicts = kit.Verdicts()
    subprocess.run([kit.ROOT / "scripts/wheel.sh", "--sdist"], check=True, cwd=kit.ROOT)
    (sdist,) = (kit.ROOT / "dist").glob("pomona-*.tar.gz")
    with debian.tree(RELEASE, PACKAGES) as tree:
        shutil.copyfile(sdist, tree.path / "srv" / sdist.name)
        shutil.copytree(kit.ROOT / "examples/fruits", tree.path / "srv/fruits")
        verdicts.check(tree.enter("! command -v g++ cmake"), f"{RELEASE} without a compiler")
        source = f"/srv/{sdist.name.removesuffix('.tar.gz')}"
        verdicts.check(tree.enter(f"tar -xf {sdist.name}", "/srv"), f"{sdist.name} unpacks")
        setup = tree.enter("scripts/setup.sh --packages", source)
        verdicts.check(setup, "scripts/setup.sh --packages installs what the build needs")
        venv = "python3 -m venv /srv/build && /srv/build/bin/pip wheel --wheel-dir /srv/wheels ."
        verdicts.check(setup and tree.enter(venv, source), "pip wheel . makes a wheel")
        install = "python3 -m venv /srv/pomona && /srv/pomona/bin/pip install -q --no-index "
        install += "-f wheels pomona"
        verdicts.check(tree.enter(install, "/srv"), "it installs into an empty environment")
        run = "pomona/bin/pomona run fruits --out out && pomona/bin/pomona doctor"
        ran = tree.enter(run, "/srv")
        verdicts.check(ran, "pomona run and pomona doctor work there")
        table = "import pomona; assert len(pomona.open('out').to_arrow()) == 282"
        read = tree.enter(f'pomona/bin/python -c "{table}"', "/srv")
        verdicts.check(read, "import pomona reads the table")
        if ran:
            here = kit.fresh("sdist-here") / "out"
            kit.pomona("run", kit.ROOT / "examples/fruits", "--out", here)
            there = tree.path / "srv/out"
            # Another compiler: the same numbers, not the same bytes.
            for folder, name, limit in [("features", "features", 1e-5), ("reduced", "pca", 1e-4)]:
                error = kit.worst_row(column(there, folder, name), column(here, folder, name))
                verdicts.below(f"{name} there and here", error, limit)
    verdicts.exit()


def column(out: kit.Path, folder: str, name: str) -> kit.np.ndarray:
    generation = "gen-0000" if folder == "reduced" else ""
    return kit.column(out / folder / generation, name)


if __name__ == "__main__":
    main()
