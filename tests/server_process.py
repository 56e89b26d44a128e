# SPDX-License-Identifier: Apache-2.0
"""A server as a process on loopback: started on a free port, waited for, stopped by its id."""

import atexit
import os
import random
import signal
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[1] / ".cache" / "tools" / "bin"

_servers: list["Server"] = []
_ports: set[int] = set()
# Linux is asked to end a server with the thread that started it. This one lives as long as
# the tests do, whichever of their threads wants the start.
_launcher = ThreadPoolExecutor(1, "launch servers")
_END_WITH_STARTER = ["setpriv", "--pdeathsig", "KILL", "--"]


def tool(name: str) -> str:
    path = TOOLS / name
    assert path.exists(), f"{name} is not built: run scripts/tools.sh"
    return str(path)


def free_port() -> int:
    """A free port below those that outgoing connections are given, so that a server which is
    down for a while finds its own port free when it comes back."""
    low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for _ in range(1000):
        port = random.randrange(10_000, max(low, 11_000))
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _ports:
            _ports.add(port)
            return port
    raise OSError("no free port on 127.0.0.1")


class Server:
    """A process that listens on 127.0.0.1:`port`. `folder` keeps its log.

    A context manager: started on entry, stopped on exit, also when the test fails. Should the
    tests themselves be killed, Linux kills the server."""

    name = "server"

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = self.folder / f"{self.name}.log"
        self.port = free_port()
        self._process = None
        self._comeback = None
        _servers.append(self)

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def answers(self) -> bool:
        """Whether the server does its work; OSError counts as no."""
        raise NotImplementedError

    @property
    def pid(self) -> int | None:
        """None where it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self, seconds=30):
        """On the port and with the data that it had before; returns when it answers."""
        assert self.pid is None, f"{self.name} runs already"
        self._process = _launcher.submit(self._launch).result()
        end = time.monotonic() + seconds
        try:
            while not self._answers():
                ended = self._process.poll()
                if ended is not None or time.monotonic() > end:
                    text = f"{self.name} did not start (exit {ended}):\n{self.tail()}"
                    raise RuntimeError(text)
                time.sleep(0.02)
        except BaseException:
            self.kill()
            raise
        return self

    def _launch(self) -> subprocess.Popen:
        command, env = [*_END_WITH_STARTER, *self.command()], self.environment()
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env
            )

    def _answers(self) -> bool:
        try:
            return self.answers()
        except OSError:
            return False

    def stop(self):
        """As an administrator would: asked to end, killed after 10 s."""
        self._end(signal.SIGTERM)

    def kill(self):
        """As a machine that loses its power; its connections are reset."""
        self._end(signal.SIGKILL)

    def pause(self):
        """As a machine that hangs: connections stay open, nothing is answered."""
        self._process.send_signal(signal.SIGSTOP)
        while self._stat()[0] != "T":
            time.sleep(0.001)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    def _end(self, how):
        if self.pid is None:
            return
        self.resume()
        self._process.send_signal(how)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)

    def restart_after(self, seconds):
        """Kills the server now; it comes back after `seconds`. Returns at once; join() of what it
        returns waits until the server answers again."""
        assert self._comeback is None or not self._comeback.is_alive()
        self.kill()
        self._left = threading.Event()
        self._comeback = threading.Thread(target=self._come_back, args=(seconds, self._left))
        self._comeback.start()
        return self._comeback

    def _come_back(self, seconds, left):
        if not left.wait(seconds):
            self.start()

    def close(self):
        if self._comeback:
            self._left.set()
            self._comeback.join()
        self.stop()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def tail(self, lines=60) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def cpu_seconds(self) -> float:
        """User and system time since the last start."""
        fields = self._stat()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _stat(self) -> list[str]:
        """The fields of proc(5)'s stat from the state on."""
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()

    def peak_bytes(self) -> int:
        """The largest resident memory since the last start."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024


def recent_logs(start: float) -> list[tuple[str, str]]:
    """Titles and last lines of the logs of servers that run, or wrote since `start` (a time())."""
    logs = [s for s in _servers if s.log.exists()]
    found = [s for s in logs if s.pid or s.log.stat().st_mtime >= start]
    return [(f"{s.name} on port {s.port}: {s.log}", s.tail()) for s in found]


@atexit.register
def _close_all():
    for server in _servers:
        server.close()
