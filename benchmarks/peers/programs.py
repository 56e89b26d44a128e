# SPDX-License-Identifier: Apache-2.0
"""The programs that take part, with the settings that are tried, and the processes they run in."""

import contextlib
import dataclasses
import itertools
import json
import os
import signal
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BENCH_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
POMONA_PYTHON = ROOT / ".venv" / "bin" / "python"

Setting = dict[str, int | str]  # batch, callers, threads, precision


@dataclasses.dataclass(frozen=True)
class Program:
    library: str  # of libraries.py
    precision: str
    title: str
    batches: tuple[int, ...]
    cap: str = ""  # the most of the processor that it may use: "avx2"; "" is all
    # (callers, threads of each) for two cores; more cores have as many more threads
    shares: tuple[tuple[int, int], ...] = ((1, 2), (2, 1))

    @property
    def name(self) -> str:
        return "-".join(filter(None, [self.library, self.precision, self.cap]))

    @property
    def python(self) -> Path:
        return POMONA_PYTHON if self.library.startswith("pomona") else BENCH_PYTHON

    @property
    def environment(self) -> dict[str, str]:
        caps = {"POMONA_MAX_ISA": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"} if self.cap else {}
        quiet = {
            "TF_CPP_MIN_LOG_LEVEL": "2",
            "TF_ENABLE_ONEDNN_OPTS": "1",
            "KERAS_BACKEND": "tensorflow",
        }
        return {**os.environ, **quiet, "CUDA_VISIBLE_DEVICES": "", **caps}

    def settings(self, cores: int) -> list[Setting]:
        # One caller with all cores, or one a core.
        shares = {
            (callers if callers == 1 else cores, cores if callers == 1 else 1)
            for callers, _ in self.shares
        }
        return [
            {"batch": batch, "callers": callers, "threads": threads, "precision": self.precision}
            for (callers, threads), batch in itertools.product(sorted(shares), self.batches)
        ]

    def single(self, cores: int) -> Setting:
        """For one picture at a time on all cores."""
        return {"batch": 1, "callers": 1, "threads": cores, "precision": self.precision}


ONE = ((1, 2),)  # libraries whose callers share one pool of threads
F32 = [
    Program("pomona", "f32", "Pomona, native", (16, 32), shares=ONE),
    Program("pomona-openvino", "f32", "Pomona, OpenVINO backend", (16,), shares=ONE),
    Program("openvino", "f32", "OpenVINO", (8, 16, 32)),
    Program("onnxruntime", "f32", "ONNX Runtime", (4, 16, 32)),
    Program("tensorflow", "f32", "TensorFlow/Keras", (8, 32), shares=ONE),
    Program("ncnn", "f32", "ncnn", (1,)),
    Program("mnn", "f32", "MNN", (1, 8, 16)),
]
AVX2 = [
    Program("pomona", "f32", "Pomona, native, AVX2", (16, 32), "avx2", ONE),
    Program("openvino", "f32", "OpenVINO, AVX2", (8, 16), "avx2"),
]
BF16 = [
    Program("pomona", "bf16", "Pomona, native, bf16", (16, 32), shares=ONE),
    Program("pomona-openvino", "bf16", "Pomona, OpenVINO backend, bf16", (16,), shares=ONE),
    Program("openvino", "bf16", "OpenVINO, bf16", (8, 16, 32)),
    Program("tensorflow", "bf16", "TensorFlow/Keras, bf16", (8, 32), shares=ONE),
]
ALL = [*F32, *AVX2, *BF16]


def here(isa: str) -> list[Program]:
    """Those that this kind of processor has a use for."""
    capped = AVX2 if isa.startswith(("avx512", "amx")) else []
    return [*F32, *capped, *(BF16 if "bf16" in isa else [])]


class Worker:
    """A process of worker.py. It stands still (SIGSTOP) while others have their turn."""

    def __init__(
        self,
        program: Program,
        setting: Setting,
        models: Path,
        pictures: Path,
        python: Path | None = None,
    ) -> None:
        self.complaints = tempfile.TemporaryFile(  # noqa: SIM115 (closed in __exit__)
            "w+", encoding="utf-8", errors="replace"
        )
        command = [str(python or program.python), str(HERE / "worker.py"), program.library]
        self.process = subprocess.Popen(
            [*command, json.dumps(setting), str(models), str(pictures)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.complaints,
            text=True,
            env=program.environment,
        )
        self.name = program.name
        self._answer()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was not read any more
                    pipe.close()
        self.complaints.close()

    def ask(self, **command: object) -> dict:
        assert self.process.stdin is not None
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.complaints.seek(0)
            words = self.complaints.read()[-2000:]
            raise RuntimeError(f"{self.name}: exit code {self.process.returncode}\n{words}")
        self.process.send_signal(signal.SIGSTOP)
        return json.loads(line)
