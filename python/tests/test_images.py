# SPDX-License-Identifier: Apache-2.0
"""Pictures: against Pillow, and what is no picture."""

import io
import pickle

import numpy as np
import pytest
from package_harness import picture
from PIL import Image

import pomona


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_read_image_equals_pillow(tmp_path, kind):
    data = picture(1, kind=kind)
    file = tmp_path / "picture"
    file.write_bytes(data)
    theirs = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
    for ours in (pomona.read_image(data), pomona.read_image(file)):
        assert ours.dtype == np.uint8
        assert ours.shape == (40, 60, 3)
        assert np.abs(ours.astype(int) - theirs).max() <= (0 if kind == "PNG" else 2)


def test_preprocess_equals_pillow_and_keras_caffe():
    pixels = pomona.read_image(picture(2, kind="PNG"))
    contract = pomona.PreprocessContract(size=(32, 48))
    ours = pomona.preprocess(pixels, contract)
    resized = Image.fromarray(pixels).resize((48, 32), Image.Resampling.BILINEAR)
    bgr = np.asarray(resized)[:, :, ::-1].astype(np.float32)
    theirs = (bgr - np.array([103.939, 116.779, 123.68], np.float32)).transpose(2, 0, 1)
    assert ours.shape == (3, 32, 48)
    assert np.abs(ours - theirs).max() <= 1


def test_contract_is_a_value():
    a = pomona.PreprocessContract(fit="pad", filter="lanczos", pad_color=(1, 2, 3))
    b = pomona.PreprocessContract.from_json(a.to_json())
    assert a == b
    assert a.difference(b) == ""
    assert (b.fit, b.filter, list(b.pad_color), b.size) == ("pad", "lanczos", [1, 2, 3], (100, 100))
    other = pomona.PreprocessContract(normalization=pomona.Normalization.named("torch"))
    assert a != other
    assert "filter" in a.difference(other)
    custom = pomona.Normalization(mean=(1, 2, 3), scale=0.5)
    assert (custom.name, custom.bgr, list(custom.mean)) == ("custom", False, [1, 2, 3])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: pomona.PreprocessContract(fit="squash"), "one of: stretch, crop, pad"),
        (lambda: pomona.PreprocessContract(size=(0, 10)), "height"),
        (lambda: pomona.Normalization.named("keras"), "keras"),
        (lambda: pomona.PreprocessContract.from_json("{"), "JSON"),
    ],
)
def test_wrong_contracts_are_value_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_what_is_no_picture_says_why(tmp_path):
    with pytest.raises(pomona.ImageError) as caught:
        pomona.read_image(b"")
    assert (caught.value.stage, caught.value.code) == ("decode", "empty")
    file = tmp_path / "text.jpg"
    file.write_text("not a picture")
    with pytest.raises(pomona.ImageError, match=r"text\.jpg") as caught:
        pomona.read_image(file)
    assert caught.value.code == "not_an_image"
    with pytest.raises(pomona.ImageError) as caught:
        pomona.read_image(picture(3)[:-200])
    assert caught.value.code == "truncated"
    with pytest.raises(pomona.ImageError) as caught:
        pomona.read_image(picture(3), max_pixels=100)
    assert caught.value.code == "too_large"
    with pytest.raises(FileNotFoundError):
        pomona.read_image(tmp_path / "missing.jpg")


def test_list_images_is_the_sorted_folder(photos):
    table = pomona.list_images(photos)
    assert table.column_names == ["path", "size", "mtime", "label"]
    paths = table["path"].to_pylist()
    found = [p.relative_to(photos).as_posix() for p in photos.rglob("*.jpg")]
    assert paths == sorted(found, key=str.encode)
    assert table["size"].to_pylist() == [(photos / p).stat().st_size for p in paths]
    assert table["label"].to_pylist() == [p.split("/")[0] for p in paths]
    assert pomona.list_images(photos, limit=3)["path"].to_pylist() == paths[:3]
    assert pomona.list_images(photos, limit=0).num_rows == 0
    assert pomona.list_images(photos, label_from="none")["label"].null_count == len(paths)
    labels = pomona.list_images(photos, label_from=r"(\d+)\.jpg")["label"].to_pylist()
    assert labels[0] == "01"


def test_missing_sources_are_file_errors(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        pomona.list_images(tmp_path / "nowhere")
    with pytest.raises(KeyError):
        pomona.list_images(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="label"):
        pomona.list_images(tmp_path, label_from="(")


def test_errors_pickle():
    error = pomona.NotFoundError("gone")
    assert str(pickle.loads(pickle.dumps(error))) == "gone"
