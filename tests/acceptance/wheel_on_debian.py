# SPDX-License-Identifier: Apache-2.0
"""The wheel on a Debian that has Python and nothing of the build: a new tree (debootstrap) that is
entered by chroot. The same files come out as here; the network is not needed inside."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import kit

PACKAGES = "python3,python3-venv,ca-certificates"
MOUNTS = ["proc", "sys", "dev"]


@contextmanager
def debian() -> Iterator[kit.Path]:
    tree = kit.fresh("debian") / "tree"
    debootstrap = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm"]
    done = subprocess.run([*debootstrap, tree], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        kit.skip(f"debootstrap cannot make a tree here: {done.stdout[-300:]}")
    mounted = []
    try:
        for name in MOUNTS:
            # A slave: what is mounted or unmounted inside stays inside.
            subprocess.run(
                ["mount", "--rbind", "--make-rslave", f"/{name}", tree / name], check=True
            )
            mounted.append(tree / name)
        yield tree
    finally:
        for folder in reversed(mounted):
            subprocess.run(["umount", "--recursive", "--lazy", folder], check=True)
        # Never through a mount that is still there.
        if not any(os.path.ismount(tree / name) for name in MOUNTS):
            shutil.rmtree(tree)


def files(folder: kit.Path) -> dict[str, bytes]:
    """What must repeat: all but manifest.json and events/."""
    found = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    repeat = {k: p for k, p in found.items() if k != "manifest.json" and k[:7] != "events/"}
    return {name: path.read_bytes() for name, path in repeat.items()}


def main() -> None:
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        kit.skip("a Debian tree needs root and debootstrap")
    wheels = sorted((kit.ROOT / "dist").glob("pomona-*-cp311-*manylinux*.whl"))
    if not wheels:
        kit.skip("no wheel in dist/: make wheel")
    verdicts = kit.Verdicts()
    fruits = kit.ROOT / "examples/fruits"
    with debian() as tree:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", tree / "wheels"]
        subprocess.run([*pip, wheels[-1]], check=True)
        shutil.copytree(fruits, tree / "fruits")
        inside = {key: value for key, value in os.environ.items() if key.startswith("OPENBLAS")}

        def enter(line: str) -> bool:
            command = ["chroot", tree, "/bin/sh", "-ec", line]
            env = {"PATH": "/usr/bin:/bin:/usr/sbin", "HOME": "/", **inside}
            done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
            print(done.stderr[-2000:], file=sys.stderr)
            return done.returncode == 0

        tools = "! command -v gcc && ! ls /usr/lib/x86_64-linux-gnu/libopenblas* 2>/dev/null"
        verdicts.check(enter(tools), "the tree has no compiler and no OpenBLAS")
        install = (
            "python3 -m venv /pomona && /pomona/bin/pip install -q --no-index -f /wheels pomona"
        )
        verdicts.check(enter(install), f"{wheels[-1].name} installs there")
        run = "/pomona/bin/pomona run /fruits --out /out && /pomona/bin/pomona doctor"
        verdicts.check(enter(run), "pomona run and pomona doctor work there")
        table = "import pomona; assert len(pomona.open('/out').to_arrow()) == 282"
        verdicts.check(enter(f'/pomona/bin/python -c "{table}"'), "import pomona reads the table")
        here = kit.WORK / "debian/here"
        kit.pomona("run", tree / "fruits", "--out", here)
        verdicts.check(files(here) == files(tree / "out"), "the same files as the program here")
    verdicts.exit()


if __name__ == "__main__":
    main()
