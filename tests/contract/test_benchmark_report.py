# SPDX-License-Identifier: Apache-2.0
"""The tables of benchmarks/RESULTS.md come from benchmarks/results and from nothing else."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks" / "job"))

import measure  # noqa: E402
import report  # noqa: E402

sys.path.append(str(ROOT / "benchmarks" / "peers"))

import libraries  # noqa: E402
import worker  # noqa: E402


class WholeBatches(libraries.BatchPeer):
    """A library whose network has a fixed batch."""

    def load(self, models: Path, setting: libraries.Setting) -> None:
        self.size = setting.batch

    def infer(self, batch: np.ndarray) -> np.ndarray:
        assert len(batch) == self.size
        return batch.sum(axis=(1, 2))


def job(ours: float, bare: float, script: float) -> dict:
    runs = {"pomona": ours, "bare_openvino": bare, "python_script": script}
    return {"programs": {"f32": {name: [{"images_per_second": r}] for name, r in runs.items()}}}


def test_the_page_is_what_the_results_say():
    page = (ROOT / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
    assert report.rendered(page, ROOT / "benchmarks" / "results") == page


def test_the_charts_are_what_the_results_say():
    results = ROOT / "benchmarks" / "results"
    drawn = {file.name: file.read_text(encoding="utf-8") for file in results.glob("*.svg")}
    assert drawn == report.charts(results)


def test_goals_are_judged():
    rows = list(report.job_rows(job(ours=96, bare=100, script=90), amx=False))
    assert ("f32: Pomona / bare loop", "0.960", "at least 0.95", "met") in rows
    assert ("f32: Pomona / Python script", "1.067", "at least 1.2", "**missed**") in rows


def test_the_fastest_of_each_are_compared():
    rates = {"f32": (200, 75), "bf16": (130, 140)}
    programs = {
        precision: {
            "pomona": [{"images_per_second": ours}],
            "python_script": [{"images_per_second": script}],
        }
        for precision, (ours, script) in rates.items()
    }
    title, measured, goal, met = list(report.job_rows({"programs": programs}, amx=False))[-1]
    assert title == "at their fastest: Pomona (f32) / Python script (bf16)"
    assert (measured, goal, met) == ("1.429", "at least 1.2", "met")


def test_growth_of_memory_is_judged():
    memory = {"precision": "f32", "peak_bytes": {"10000": 900e6, "40000": 954e6}}
    assert list(report.memory_rows(memory))[-1] == (
        "its growth",
        "+6.0%",
        "under 5 %",
        "**missed**",
    )


def test_instruction_sets_have_the_names_of_the_library():
    amx = "avx2 fma avx512f avx512dq avx512bw avx512vl avx512_bf16 amx_bf16 amx_tile"
    assert measure.isa(set(amx.split())) == "amx_bf16"
    assert measure.isa({"avx2", "fma", "avx512_bf16"}) == "avx2"
    assert measure.isa(set()) == "portable"
    names = (ROOT / "src" / "pomona" / "base" / "cpu.cc").read_text(encoding="utf-8")
    assert all(f'"{name}"' in names for name in ["portable", "avx2", "avx512_bf16", "amx_bf16"])


def test_a_program_is_measured_to_its_end():
    # In a process of its own: Linux counts the parent's memory until the program begins.
    code = """import sys, measure
measured = measure.measure([sys.executable, "-c", "print('one'); print('two')"])
assert [line for _, line in measured.lines] == ["one", "two"]
assert 1e6 < measured.peak_bytes < 1e9, measured"""
    job = ROOT / "benchmarks" / "job"
    subprocess.run([sys.executable, "-c", code], cwd=job, check=True)


def library(title: str, values: list[float], cap: str = "") -> dict:
    setting = {"batch": 16, "callers": 1, "threads": 2}
    told = {"title": title, "precision": "f32", "cap": cap, "setting": setting, "row_error": 1e-6}
    return {**told, "images_per_second": values, "core_ms_per_image": [10.0]}


LIBRARIES = {
    "openvino-f32": library("OpenVINO", [50, 60]),
    "pomona-f32": library("Pomona, native", [150, 150]),
    "mnn-f32": library("<MNN>", [80, 90]),
    "pomona-f32-avx2": library("Pomona, AVX2", [100, 100], "avx2"),
}


def test_the_best_library_is_the_one_to_beat():
    rows = list(report.peers_tables.extraction_goals(LIBRARIES, "avx512"))
    best = "f32: Pomona / the best library (<MNN>)"
    assert rows[0] == (best, "1.77x (1.67 to 1.88)", "at least 2x", "**missed**")
    title = "f32: Pomona / OpenVINO"
    assert rows[1] == (title, "2.75x (2.50 to 3.00)", "at least 2.5x", "met")


@pytest.mark.parametrize("callers", [1, 2])
def test_rows_of_fewer_pictures_than_a_batch_are_told(tmp_path, callers):
    peer = WholeBatches(tmp_path, libraries.Setting(batch=32, callers=callers, threads=1))
    pictures = np.arange(64 * 6, dtype=np.float32).reshape(64, 2, 3)
    out = tmp_path / "rows.npy"
    worker.answer(peer, pictures, {"do": "rows", "count": 16, "out": str(out)})
    assert (np.load(out) == pictures[:16].sum(axis=(1, 2))).all()


def test_what_a_peer_lacks_is_told_when_it_is_made(tmp_path):
    with pytest.raises(TypeError, match="infer"):
        libraries.BatchPeer(tmp_path, libraries.Setting(1, 1, 1))


def test_memory_of_several_processes_is_not_told():
    runs = {
        "pomona": [{"seconds": 2.0, "peak_bytes": 500_000_000, "stage_seconds": {"fit": 0.5}}],
        "notebook": [{"seconds": 30.0, "stage_seconds": {"fit": 9.0}}],
    }
    measured = {"images": 100, "titles": {"pomona": "Pomona", "notebook": "other"}, "runs": runs}
    rows = report.peers_tables.pipelines(measured)
    assert rows[1] == ("Pomona", "2.0", "50.0", "500 MB", "", "fit 0.5")
    assert rows[2] == ("other", "30.0", "3.3", "not measured", "15.00x", "fit 9.0")


def test_bf16_without_amx_is_measured_beside_our_own_f32():
    measured = {**LIBRARIES, "pomona-bf16": library("Pomona, native, bf16", [195, 210])}
    goal = "without AMX: Pomona in bf16 / in f32"
    wanted = (goal, "1.35x (1.30 to 1.40)", "at least 1x", "met")
    assert wanted in list(report.peers_tables.extraction_goals(measured, "avx512_bf16"))
    told = [row[0] for row in report.peers_tables.extraction_goals(measured, "amx_bf16")]
    assert goal not in told


def test_a_chart_has_a_bar_for_each_library_and_is_well_formed():
    here = {"cpu_class": "class-avx512", "cores": 2}
    drawn = report.chart.drawn({"machine": here, "extraction": {"measured": LIBRARIES}})
    texts = [
        text.text for text in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")
    ]
    assert texts[1::2] == ["Pomona, native", "Pomona, AVX2", "<MNN>", "OpenVINO"]
    assert texts[2::2] == ["150.0", "100.0", "85.0", "55.0"]
