# SPDX-License-Identifier: Apache-2.0
"""New trees of Debian (debootstrap), entered by chroot: machines that hold only what is told."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import kit

MOUNTS = ["proc", "sys", "dev"]
CERTIFICATES = Path("etc/ssl/certs/ca-certificates.crt")


class Tree:
    """A folder that is the root of everything that enter() runs."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def enter(self, line: str, folder: str = "/") -> bool:
        """Whether a line of shell ends well there; what it said goes to standard error."""
        command = ["chroot", self.path, "/bin/sh", "-ec", f"cd {folder}; {line}"]
        # How this machine reaches the network holds there too.
        network = ("OPENBLAS", "PIP_CERT", "PIP_DEFAULT", "PIP_INDEX", "SSL_CERT")
        proxies = ("http_proxy", "https_proxy", "no_proxy")
        inside = {
            key: value
            for key, value in os.environ.items()
            if key.startswith(network) or key.lower() in proxies
        }
        env = {"PATH": "/usr/bin:/bin:/usr/sbin", "HOME": "/root", **inside}
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        print((done.stdout + done.stderr)[-8000:], file=sys.stderr)
        return done.returncode == 0


@contextmanager
def tree(release: str, packages: str) -> Iterator[Tree]:
    """A minimal Debian with `packages`; gone at the end. Skips where none can be made."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        kit.skip("a Debian tree needs root and debootstrap")
    root = kit.fresh(f"debian-{release}") / "tree"
    debootstrap = ["debootstrap", "--variant=minbase", f"--include={packages}", release]
    done = subprocess.run([*debootstrap, root], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        kit.skip(f"debootstrap cannot make a tree of {release} here: {done.stdout[-300:]}")
    if (Path("/") / CERTIFICATES).exists():
        shutil.copyfile(Path("/") / CERTIFICATES, root / CERTIFICATES)
    mounted = []
    try:
        for name in MOUNTS:
            # A slave: what is mounted or unmounted inside stays inside.
            subprocess.run(
                ["mount", "--rbind", "--make-rslave", f"/{name}", root / name], check=True
            )
            mounted.append(root / name)
        yield Tree(root)
    finally:
        for folder in reversed(mounted):
            subprocess.run(["umount", "--recursive", "--lazy", folder], check=True)
        # Never through a mount that is still there.
        if not any(os.path.ismount(root / name) for name in MOUNTS):
            shutil.rmtree(root)
