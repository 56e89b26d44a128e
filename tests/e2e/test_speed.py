# SPDX-License-Identifier: Apache-2.0
"""Pomona keeps its lead: its speed beside OpenVINO's is not far under what was recorded."""

import sys

import pytest
from harness import ROOT

sys.path[:0] = [str(ROOT / "benchmarks" / part) for part in ("job", "peers")]

import guard  # noqa: E402
import measure  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results"
WEIGHTS = ROOT / "assets" / "weights" / "vgg16-imagenet.safetensors"


def test_the_native_engine_keeps_its_lead_on_openvino(tmp_path):
    here = measure.machine()
    recorded = guard.recorded_here(RESULTS, here)
    if recorded is None:
        pytest.skip(f"no speed was recorded for {here['cpu_class']} with {here['cores']} cores")
    rounds = guard.measure_rounds(WEIGHTS, tmp_path, int(here["cores"]), recorded)
    cores = int(here["cores"])
    assert any(guard.holds(one, recorded, cores) for one in rounds), (
        f"Pomona / OpenVINO was {rounds}, recorded is {recorded}: more than a fifth is lost"
    )


def test_a_lost_lead_is_seen_and_noise_is_not(monkeypatch):
    recorded = {"clock": 2.5, "core": 2.5}
    monkeypatch.setattr("os.getloadavg", lambda: (0.1, 0, 0))
    assert guard.holds({"clock": 2.01, "core": 2.0}, recorded, 2)
    assert not guard.holds({"clock": 1.99, "core": 2.5}, recorded, 2)
    # Two threads among ten: the clock says nothing, processor time does.
    monkeypatch.setattr("os.getloadavg", lambda: (10.0, 0, 0))
    assert guard.holds({"clock": 1.2, "core": 2.3}, recorded, 2)
    assert not guard.holds({"clock": 1.2, "core": 1.9}, recorded, 2)


def test_only_this_kind_of_processor_counts(tmp_path):
    (tmp_path / "peers-a-2-cores.json").write_text(
        '{"guard": {"measured": {"clock": 2.0, "core": 2.0}}}', encoding="utf-8"
    )
    assert guard.recorded_here(tmp_path, {"cpu_class": "a", "cores": 2})["clock"] == 2.0
    assert guard.recorded_here(tmp_path, {"cpu_class": "a", "cores": 4}) is None
    assert guard.recorded_here(tmp_path, {"cpu_class": "b", "cores": 2}) is None
