# SPDX-License-Identifier: Apache-2.0
"""What `auto` means is what was recorded: measured.inc comes from engines.json."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

import engines  # noqa: E402


def record(**rates: float) -> dict:
    told = [
        {
            "backend": name.split("_")[0],
            "precision": name.split("_")[1],
            "images_per_second": {"median": rate},
        }
        for name, rate in rates.items()
    ]
    return {"date": "2026-11-24", "engines": told}


def order(measured: dict) -> list[str]:
    return [line.split()[-1] for line in engines.rows("A-1-2-avx2", "vgg16", measured)[1:]]


def test_the_table_is_what_was_recorded():
    records = json.loads(engines.RECORDED.read_text(encoding="utf-8"))
    assert engines.TABLE.read_text(encoding="utf-8") == engines.rendered(records), (
        "src/pomona/engine/measured.inc is not what benchmarks/results/engines.json says: "
        "run python3 benchmarks/engines.py, and build"
    )


def test_the_fastest_is_first():
    found = order(record(native_f32=100, openvino_f32=200, native_bf16=300))
    assert found == ["kNativeBf16},", "kOpenVinoF32},", "kNativeF32},"]


def test_bf16_has_to_be_clearly_faster():
    assert order(record(native_f32=100, native_bf16=109))[0] == "kNativeF32},"
    assert order(record(native_f32=100, native_bf16=112))[0] == "kNativeBf16},"


def test_a_row_names_the_class():
    told = engines.rendered(
        {"classes": {"V-6-143-amx_bf16": {"lite0": record(openvino_f32=1), "vgg16": record()}}}
    )
    head, rest = told.split("// V-6-143-amx_bf16, vgg16, 2026-11-24\n")
    assert head == engines.HEAD
    row = '{"V", 6, 143, Isa::kAmxBf16, Network::kGraph, kOpenVinoF32},\n'
    assert rest == "// V-6-143-amx_bf16, lite0, 2026-11-24\n" + row


@pytest.mark.parametrize("cpu", ["A-1-2", "A-1-2-sse2", "A-1-x-avx2"])
def test_what_is_no_class_is_refused(cpu):
    with pytest.raises(ValueError, match="no CPU class"):
        engines.rows(cpu, "vgg16", record(native_f32=1))
