# SPDX-License-Identifier: Apache-2.0
"""Answers from Python: those of `pomona predict`."""

import shutil
import threading
import time
from pathlib import Path

import pyarrow as pa
import pytest

import pomona

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SCENE = EXAMPLES / "photos" / "image11.jpg"  # an orange and a banana


@pytest.fixture(scope="module")
def answers():
    return pomona.predict(SCENE, kinds=["apple", "banana", "orange"])


def test_a_photo_has_a_row_and_each_of_its_fruits_another(answers):
    assert answers["path"].to_pylist() == [str(SCENE)] * 3
    assert answers["fruit_index"].to_pylist() == [0, 1, 2]
    assert set(answers["fruit"].to_pylist()[1:]) == {"Orange", "Banana"}
    assert answers["region"].to_pylist()[0] == "photo"
    assert {"fruit_probability", "variety", "maturity_known", "health_candidates"} <= set(
        answers.column_names
    )


def test_photos_of_a_list_are_named_as_given(monkeypatch, answers):
    monkeypatch.chdir(EXAMPLES)
    names = ["photos/image29.jpg", "photos/image11.jpg"]
    table = pomona.predict(names, heads="fruit", regions="photo")
    assert sorted(table["path"].to_pylist()) == sorted(names)
    assert table.column_names == ["path", "fruit", "fruit_probability", "fruit_known",
                                  "fruit_candidates"]  # fmt: skip


def test_what_is_kept_answers_again(tmp_path, answers):
    kept = tmp_path / "kept"
    seen = []
    first = pomona.predict(EXAMPLES / "photos", out=kept, heads="fruit", regions="fruits",
                           on_event=lambda event: seen.append(event["event"]))  # fmt: skip
    assert "run_done" in seen
    assert pomona.predict(EXAMPLES / "photos", out=kept, heads="fruit", regions="fruits").equals(
        first
    )
    rows = pomona.predict(kept, heads=["fruit", "health"])
    assert rows.select(first.column_names).equals(first) and "health" in rows.column_names
    assert (kept / "answers.csv").is_file()


def test_photos_that_cannot_be_used_are_warned_of(tmp_path):
    shutil.copy(SCENE, tmp_path / "good.jpg")
    (tmp_path / "bad.jpg").write_bytes(SCENE.read_bytes()[:5000])
    with pytest.warns(UserWarning, match=r"bad\.jpg: .*end"):
        table = pomona.predict(tmp_path, heads="fruit", regions="photo")
    assert table["path"].to_pylist() == ["good.jpg"]


@pytest.mark.parametrize(
    ("photos", "options", "error", "told"),
    [
        ([], {}, ValueError, "no photos"),
        (["nowhere.jpg"], {}, FileNotFoundError, "nowhere.jpg is not there"),
        (["."], {}, ValueError, "is a folder"),
        (SCENE, {"kinds": ["quince pie"]}, Exception, "quince pie"),
        (SCENE, {"heads": "nowhere"}, Exception, "nowhere"),
        (SCENE, {"heads": ["fruit", "fruit"]}, ValueError, "two heads answer for the fruit"),
        (SCENE, {"regions": "all"}, ValueError, "photo, fruits"),
        (SCENE, {"out": "s3://b/p"}, ValueError, "local folder"),
    ],
)
def test_mistakes_are_told(photos, options, error, told):
    with pytest.raises(error, match=told):
        pomona.predict(photos, **options)


def test_other_threads_run_meanwhile(answers):
    ticks = []
    done = threading.Event()

    def tick():
        while not done.wait(0.01):
            ticks.append(time.monotonic())

    thread = threading.Thread(target=tick)
    thread.start()
    again = pomona.predict(SCENE, kinds=["apple", "banana", "orange"])
    done.set()
    thread.join()
    assert isinstance(again, pa.Table) and again.equals(answers)
    assert len(ticks) > 5
