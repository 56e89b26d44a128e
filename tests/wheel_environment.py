# SPDX-License-Identifier: Apache-2.0
"""The wheel of scripts/wheel.sh, and environments that hold nothing else."""

import os
import re
import subprocess
import sys

from harness import ROOT


def the_wheel():
    found = sorted((ROOT / "dist").glob("pomona-*-cp311-cp311-manylinux*.whl"))
    assert len(found) == 1, "build it first: make wheel (or make test)"
    return found[0]


class Environment:
    """A new virtual environment of the system's Python, and no variable that leads out of it."""

    def __init__(self, folder):
        self.folder = folder
        subprocess.run(["/usr/bin/python3", "-m", "venv", "--without-pip", folder], check=True)

    def install(self, wheel):
        """By another environment's pip: fetching one costs as much as all the rest."""
        pip = [sys.executable, "-m", "pip", "--python", str(self.folder / "bin" / "python")]
        quiet = ["--quiet", "--disable-pip-version-check", "--no-compile"]
        subprocess.run([*pip, "install", *quiet, str(wheel)], check=True)

    def __call__(self, program, *args, code=0, env=None):
        leads_out = re.compile(r"PYTHON|POMONA|PYSPARK|SPARK|VIRTUAL_ENV|LD_LIBRARY_PATH")
        kept = {key: value for key, value in os.environ.items() if not leads_out.match(key)}
        done = subprocess.run(
            [str(self.folder / "bin" / program), *map(str, args)],
            cwd=self.folder,
            env={**kept, **(env or {})},
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done
