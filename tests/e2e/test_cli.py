# SPDX-License-Identifier: Apache-2.0
"""The program's manners: help, usage errors, info and doctor, the progress bar."""

import json
import os
import pty
import re
import resource
import subprocess

import pytest
from harness import FRUITS, PROGRAM, QUICK, ROOT

COMMANDS = [
    *("run", "extract", "fit", "transform", "train", "evaluate", "predict"),
    *("export", "import", "info", "doctor", "bench"),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_examples_and_names_every_default(pomona, command):
    text = pomona(command, "--help").stdout
    assert f"Usage: pomona {command}" in text
    assert f"  pomona {command} " in text.split("Examples:")[1]
    assert max(map(len, text.splitlines())) <= 100


def test_help_names_only_commands_that_exist(pomona):
    text = pomona("--help").stdout
    listed = re.findall(r"^  (\w+) ", text.split("Subcommands:")[1].split("Examples:")[0], re.M)
    assert listed == COMMANDS


def test_help_takes_less_than_50_ms():
    """Of the processor, the best of several: other work on the machine does not count."""
    best = 1.0
    for _ in range(10):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([PROGRAM, "--help"], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = min(best, spent)
    assert best < 0.05


WRONG = [
    ([], "subcommand"),
    (["fly"], ""),
    (["run", "src"], "--out"),
    (["run", "src", "--out", "d", "--components", "0"], "--components"),
    (["run", "src", "--out", "d", "--components", "70000"], "--components"),
    (["run", "src", "--out", "d", "--variance", "1.5"], "--variance"),
    (["run", "src", "--out", "d", "--variance", "0.9", "--components", "3"], "--variance"),
    (["run", "src", "--out", "d", "--fit", "squash"], "stretch, crop, pad"),
    (["run", "src", "--out", "d", "--max-bad", "150%"], "--max-bad"),
    (["run", "src", "--out", "d", "--input-size", "8"], "--input-size"),
    (["run", "src", "--out", "d", "--input-size", "axb"], "--input-size"),
    (["run", "src", "--out", "d", "--normalize", "custom"], "--mean"),
    (["run", "src", "--out", "d", "--mean", "1,2,3"], "--normalize custom"),
    (["run", "src", "--out", "d", "--output", "xls"], "csv, npz"),
    (["run", "src", "--out", "d", "--json", "--quiet"], "--quiet"),
    (["run", "src", "--out", "d", "--engine", "spark"], "--engine"),
    (["fit", "src"], "--out"),
    (["transform", "src", "--out", "d"], "--reducer"),
    (["transform", "src", "--reducer", "r", "--out", "d", "--input-size", "224"], "--input-size"),
    (["transform", "src", "--reducer", "r", "--out", "d", "--fit", "crop"], "--fit"),
]


@pytest.mark.parametrize(("args", "named"), WRONG)
def test_wrong_usage_is_2_with_one_error_line(pomona, tmp_path, args, named):
    done = pomona(*args, code=2, cwd=tmp_path)
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert named in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (["run", "nowhere", "--out", "d"], "nowhere"),
        (["run", "empty", "--out", "d"], "empty"),
        (["fit", "nowhere", "--out", "r"], "nowhere"),
        (["fit", "empty", "--out", "r"], "empty"),
        (["transform", "empty", "--reducer", "nowhere", "--out", "d"], "nowhere"),
        (["info", "nowhere"], "nowhere"),
        (["info", "empty"], "plan.json"),
        (["info", "text.bin"], "text.bin"),
        (["info", "text.safetensors"], "text.safetensors"),
        (["info", "text.onnx"], "text.onnx"),
    ],
)
def test_failures_are_1_and_name_the_object(pomona, tmp_path, args, named):
    (tmp_path / "empty").mkdir()
    for ending in ("bin", "safetensors", "onnx"):
        (tmp_path / f"text.{ending}").write_text("this is a text of some length, no more")
    done = pomona(*args, code=1, cwd=tmp_path)
    assert done.stderr.count("error: ") == 1
    assert named in done.stderr


def test_info_of_vgg16_is_kerass_summary(pomona):
    text = pomona("info", "vgg16", "--input-size", 100, "--weights", "none").stdout
    assert "14,714,688" in text
    assert "block5_pool" in text
    told = json.loads(pomona("info", "vgg16", "--weights", "none", "--json").stdout)
    assert told["parameters"] == 14_714_688
    assert told["trainable_parameters"] == 0
    assert told["output"] == [3, 3, 512]
    assert told["random_weights"] is True
    assert sum(layer["parameters"] for layer in told["layers"]) == 14_714_688


def test_info_tells_how_each_layer_is_computed(pomona):
    plain = pomona("info", "vgg16", "--weights", "none").stdout
    text = pomona("info", "vgg16", "--weights", "none", "--verbose").stdout
    assert text.startswith(plain)
    told = json.loads(pomona("info", "vgg16", "--weights", "none", "--json").stdout)["engine"]
    assert told["cpu"] in text and told["backend"] in text
    if told["backend"].startswith("native"):
        assert len(told["layers"]) == 13
        assert told["layers"][0]["taken"] == "direct"
        assert "block1_conv2 + block1_pool: Winograd F(6x6, 3x3)" in text
        assert "not direct: needs 2 to 5 times as many products" in text


def test_info_tells_what_keeps_a_network_from_the_native_engine(pomona):
    tiny = ROOT / "tests/golden/model/tiny.onnx"
    told = json.loads(pomona("info", tiny, "--json").stdout)["engine"]
    assert "Conv 'c1': strides is not 1, 1" in told["not_native"]
    assert told["not_native"] in pomona("info", tiny, "--verbose").stdout
    vgg11 = json.loads(pomona("info", "vgg11", "--weights", "none", "--json").stdout)
    assert vgg11["parameters"] == 9_220_480
    if vgg11["engine"]["backend"].startswith("native"):
        assert vgg11["engine"]["not_native"] == ""
        assert vgg11["engine"]["layers"][1]["taken"] == "max-pooling"


def test_info_of_a_run_and_its_parts(pomona, plain_run):
    text = pomona("info", plain_run, env={"LC_ALL": "C.UTF-8", "COLUMNS": "70"}).stdout
    assert "(complete)" in text
    assert "48 = 48 rows + 0 rejects" in text
    assert "█" in text
    assert max(map(len, text.split("reducer  ")[1].splitlines())) <= 70
    ascii_only = pomona("info", plain_run, env={"LC_ALL": "C"}).stdout
    assert ascii_only.isascii()
    assert "#" in ascii_only
    told = json.loads(pomona("info", plain_run, "--json").stdout)
    assert told["manifest"]["rows"] == 48
    assert told["files"]["features"]["files"] == 3

    reducer = plain_run / "reducer/gen-0000"
    assert "512 columns -> 8 components" in pomona("info", reducer).stdout
    same = pomona("info", reducer / "reducer.safetensors", "--json").stdout
    assert json.loads(same) == json.loads((reducer / "reducer.json").read_text())
    table = json.loads(
        pomona("info", plain_run / "reduced/gen-0000/part-00000.parquet", "--json").stdout
    )
    assert table["rows"] == 16
    assert [c["name"] for c in table["columns"]] == ["path", "label", "pca"]
    assert table["metadata"]["pomona.weights"] == "imagenet"
    moments = json.loads(pomona("info", plain_run / "moments/block-0000.bin", "--json").stdout)
    assert (moments["count"], moments["dim"]) == (32, 512)


def test_info_of_weights(pomona):
    weights = FRUITS.parents[1] / "assets/weights/vgg16-imagenet.safetensors"
    told = json.loads(pomona("info", weights, "--json").stdout)
    assert told["numbers"] == 14_714_688
    assert len(told["tensors"]) == 26


def test_doctor_finds_this_machine_ready(pomona, tmp_path):
    told = json.loads(pomona("doctor", tmp_path, "--json").stdout)
    by_name = {check["name"]: check for check in told}
    assert {"cpu", "cores", "memory", "arrow", "tbb", "engine", "weights", "folder"} <= set(by_name)
    assert all(check["state"] != "BAD" for check in told)
    assert "sha256 is right" in by_name["weights"]["text"]


def test_doctor_finds_what_is_wrong(pomona, tmp_path):
    done = pomona("doctor", env={"POMONA_ASSETS": str(tmp_path)}, code=1)
    assert re.search(r"^BAD +weights", done.stdout, re.M)
    weights = FRUITS.parents[1] / "assets/weights/vgg16-imagenet.safetensors"
    damaged = bytearray(weights.read_bytes())
    damaged[-1] ^= 1
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / weights.name).write_bytes(damaged)
    done = pomona("doctor", env={"POMONA_ASSETS": str(tmp_path)}, code=1)
    assert "sha256" in done.stdout
    assert re.search(r"^BAD +folder", pomona("doctor", "/proc", code=1).stdout, re.M)


def test_fit_will_not_replace_a_reducer_unasked(pomona, plain_run, tmp_path):
    out = tmp_path / "r"
    pomona("fit", plain_run, "--out", out, "--components", 3)
    refused = pomona("fit", plain_run, "--out", out, "--components", 4, code=1)
    assert "hint: " in refused.stderr
    pomona("fit", plain_run, "--out", out, "--components", 4, "--overwrite")
    assert "4 components" in pomona("info", out).stdout


def test_strict_makes_rejects_a_failure(pomona, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    fruits = sorted(FRUITS.rglob("*.jpg"))[:6]
    for i, fruit in enumerate(fruits):
        (source / f"{i}.jpg").write_bytes(fruit.read_bytes())
    (source / "b\x1b[2J.jpg").write_bytes(b"\xff\xd8\xff")
    args = ["run", source, "--out", tmp_path / "out", "--input-size", 32, "--max-bad", "50%"]
    done = pomona(*args, "--strict", code=1)
    assert "6 rows + 1 reject" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert "--strict" in done.stderr
    assert "rejects/" in pomona(*args).stdout


def read_terminal(process, fd):
    seen = b""
    while True:
        try:
            piece = os.read(fd, 4096)
        except OSError:  # Linux: the other end is closed
            break
        if not piece:
            break
        seen += piece
    process.wait()
    return seen.decode()


def test_a_terminal_gets_a_bar_that_is_wiped(fruits, tmp_path):
    main, terminal = pty.openpty()
    env = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    args = ["run", fruits, "--out", tmp_path / "out", *QUICK, "--shard-size", "8"]
    process = subprocess.Popen(
        [str(a) for a in [PROGRAM, *args]], stdout=terminal, stderr=terminal, env=env
    )
    os.close(terminal)
    seen = read_terminal(process, main)
    assert process.returncode == 0
    assert re.search(r"\r\x1b\[Kextract .*\d / 48", seen)
    assert "\r\x1b[Kdone in" in seen


def test_quiet_is_quiet(pomona, fruits, tmp_path):
    done = pomona("run", fruits, "--out", tmp_path / "out", *QUICK, "--quiet")
    assert done.stdout == ""
    assert done.stderr == ""
