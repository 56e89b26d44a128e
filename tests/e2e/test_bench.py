# SPDX-License-Identifier: Apache-2.0
"""`pomona bench`: measures what can be run here, records it, and refuses what is no record."""

import json
import re

import pytest
from harness import ROOT, fails

QUICK = ["--seconds", "0.2"]
SMALL = [*QUICK, "--input-size", "32"]
RECORDS = ROOT / "benchmarks" / "results" / "engines.json"


def test_every_engine_that_runs_here_is_measured(pomona):
    told = json.loads(pomona("bench", *SMALL, "--json").stdout)
    bf16 = re.search("bf16", told["cpu"]) is not None
    wanted = {("native", "f32"), ("openvino", "f32")}
    if bf16:
        wanted |= {("native", "bf16"), ("openvino", "bf16")}
    assert {(e["backend"], e["precision"]) for e in told["engines"]} == wanted
    for engine in told["engines"]:
        for figure in ("images_per_second", "core_ms_per_image", "latency_ms"):
            found = engine[figure]
            assert 0 < found["least"] <= found["median"] <= found["most"]
    medians = [e["images_per_second"]["median"] for e in told["engines"]]
    assert medians == sorted(medians, reverse=True)
    assert told["input"] == [32, 32]


def test_what_auto_takes_is_what_the_other_commands_say(pomona):
    text = pomona("bench", *SMALL, "--weights", "none").stdout
    assert "random weights (seed 42)" in text
    backend, precision = re.search(r"auto here: (\w+) (\w+) \(", text).groups()
    told = json.loads(pomona("info", "vgg16", "--weights", "none", "--json").stdout)["engine"]
    assert told["backend"].startswith(backend)
    doctor = json.loads(pomona("doctor", "--json").stdout)
    cpu = next(check["text"] for check in doctor if check["name"] == "cpu")
    assert f"VGGs run in {precision} on {backend}" in cpu


def test_other_networks_run_on_openvino(pomona):
    told = json.loads(pomona("bench", *SMALL, "--model", "lite0", "--json").stdout)
    assert {e["backend"] for e in told["engines"]} == {"openvino"}


def test_a_record_joins_those_of_other_classes(pomona, tmp_path):
    records = json.loads(RECORDS.read_text(encoding="utf-8"))
    (one,) = [c["vgg16"] for c in records["classes"].values()][:1]
    file = tmp_path / "engines.json"
    other = {"schema": 1, "classes": {"Other-1-2-avx2": {"vgg16": one}}}
    file.write_text(json.dumps(other), encoding="utf-8")
    for _ in range(2):
        text = pomona("bench", *QUICK, "--record", file).stdout
    assert f"recorded in {file}" in text
    written = json.loads(file.read_text(encoding="utf-8"))["classes"]
    here = next(cpu for cpu in written if cpu != "Other-1-2-avx2")
    assert len(written) == 2
    assert written["Other-1-2-avx2"] == {"vgg16": one}
    assert here in text
    assert written[here]["vgg16"]["input"] == [100, 100]
    assert [p.name for p in tmp_path.iterdir()] == ["engines.json"]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("{ no", "no JSON object"),
        ('{"schema": 9, "classes": {}}', "schema"),
        ('{"schema": 1, "classes": {"a": {"vgg16": {"engines": []}}}}', "engines"),
    ],
)
def test_a_damaged_file_is_left_alone(pomona, tmp_path, content, named):
    file = tmp_path / "engines.json"
    file.write_text(content, encoding="utf-8")
    fails(pomona, "bench", *QUICK, "--record", file, naming=[str(file), named, "hint: "])
    assert file.read_text(encoding="utf-8") == content


def test_what_cannot_be_written_is_told_before_measuring(pomona, tmp_path):
    # An hour is asked for: who measures first runs into the time limit.
    for file in ["/proc/engines.json", tmp_path / "no" / "engines.json", tmp_path]:
        done = pomona("bench", "--seconds", 3600, "--record", file, code=1, timeout=60)
        assert f"cannot record in {file}" in done.stderr


def test_only_what_the_table_holds_is_recorded(pomona, tmp_path):
    file = tmp_path / "engines.json"
    for args in (["--input-size", "32"], ["--model", "vgg11"], ["--weights", "none"]):
        fails(pomona, "bench", *QUICK, "--record", file, *args, naming="--record", code=2)
    capped = pomona(
        "bench", *QUICK, "--record", file, env={"POMONA_MAX_ISA": "avx2"}, code=2
    ).stderr
    assert "POMONA_MAX_ISA" in capped
    assert not list(tmp_path.iterdir())


def test_an_unknown_model_and_no_time_are_refused(pomona):
    fails(pomona, "bench", *QUICK, "--model", "resnet", naming="resnet")
    assert "--seconds" in pomona("bench", "--seconds", "0", code=2).stderr
