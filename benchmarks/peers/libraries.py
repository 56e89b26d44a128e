# SPDX-License-Identifier: Apache-2.0
"""VGG16's rows by each library: one class a library, its fastest way as its own documents tell it.

A peer takes pictures that are decoded already and gives rows in Keras's order (H, W, C). A
library is imported when its peer is made, so that a process holds one.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass
class Setting:
    batch: int
    callers: int  # streams, or threads that call the library at the same time
    threads: int  # of the library, for each caller
    precision: str = "f32"


class Peer(ABC):
    """Pictures in, rows out: `extract`."""

    def __init__(self, models: Path, setting: Setting) -> None:
        self.setting = setting
        self.load(models, setting)

    @abstractmethod
    def load(self, models: Path, setting: Setting) -> None:
        """Ready for batches of `setting`."""

    def natural(self, pictures: np.ndarray) -> np.ndarray:
        """N, 3, H, W as the library likes it best. Not timed."""
        return pictures

    @abstractmethod
    def extract(self, pictures: np.ndarray) -> np.ndarray:
        """The rows of any number of pictures that is whole batches."""


class BatchPeer(Peer):
    """The batches of a call are shared out among the callers."""

    def __init__(self, models: Path, setting: Setting) -> None:
        self.pool = ThreadPoolExecutor(setting.callers)
        super().__init__(models, setting)

    @abstractmethod
    def infer(self, batch: np.ndarray) -> np.ndarray:
        """The rows of one batch."""

    def extract(self, pictures: np.ndarray) -> np.ndarray:
        size = self.setting.batch
        batches = [pictures[i : i + size] for i in range(0, len(pictures), size)]
        run = map if self.setting.callers == 1 else self.pool.map
        return np.concatenate(list(run(self.infer, batches)))


class OpenVino(Peer):
    """The asynchronous queue for throughput; one request by itself for latency."""

    def load(self, models: Path, setting: Setting) -> None:
        import openvino as ov

        core = ov.Core()
        model = core.read_model(models / "vgg16.onnx")
        model.reshape([setting.batch, 3, 100, 100])
        config = {
            "INFERENCE_PRECISION_HINT": setting.precision,
            "NUM_STREAMS": str(setting.callers),
            "INFERENCE_NUM_THREADS": str(setting.callers * setting.threads),
        }
        self.compiled = core.compile_model(model, "CPU", config)
        self.request = self.compiled.create_infer_request()
        self.queue = ov.AsyncInferQueue(self.compiled)
        self.queue.set_callback(self.keep)
        self.rows = np.empty((0, 4608), np.float32)

    def keep(self, request: object, start: int) -> None:
        found = request.get_output_tensor(0).data  # type: ignore[attr-defined]
        self.rows[start : start + len(found)] = found

    def extract(self, pictures: np.ndarray) -> np.ndarray:
        size = self.setting.batch
        if size == 1:
            rows = [self.request.infer(p[None], share_inputs=True)[0].copy() for p in pictures]
            return np.concatenate(rows)
        if len(pictures) % size:
            raise ValueError(f"{len(pictures)} pictures are not whole batches of {size}")
        self.rows = np.empty((len(pictures), 4608), np.float32)
        for start in range(0, len(pictures), size):
            self.queue.start_async(pictures[start : start + size], start, share_inputs=True)
        self.queue.wait_all()
        return self.rows


class OnnxRuntime(BatchPeer):
    def load(self, models: Path, setting: Setting) -> None:
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = setting.threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
        file = str(models / "vgg16.onnx")
        self.session = ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])

    def infer(self, batch: np.ndarray) -> np.ndarray:
        return self.session.run(None, {"pictures": batch})[0]


class Keras(BatchPeer):
    """keras.applications.VGG16 in a graph of TensorFlow's, with oneDNN."""

    def load(self, models: Path, setting: Setting) -> None:
        import keras
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(setting.threads)
        tf.config.threading.set_inter_op_parallelism_threads(setting.callers)
        if setting.precision == "bf16":
            keras.config.set_dtype_policy("mixed_bfloat16")
        shape = (100, 100, 3)
        model = keras.applications.VGG16(weights=None, include_top=False, input_shape=shape)
        with np.load(models / "vgg16.npz") as file:
            model.set_weights([file[name] for name in sorted(file)])
        signature = [tf.TensorSpec((None, *shape), tf.float32)]
        self.graph = tf.function(lambda batch: model(batch, training=False), signature)
        self.constant = tf.constant

    def natural(self, pictures: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(pictures.transpose(0, 2, 3, 1))

    def infer(self, batch: np.ndarray) -> np.ndarray:
        rows = self.graph(self.constant(batch)).numpy()
        return rows.astype(np.float32, copy=False).reshape(len(batch), -1)


class Ncnn(BatchPeer):
    """One picture a call: ncnn has no batches."""

    def load(self, models: Path, setting: Setting) -> None:
        import ncnn

        self.ncnn = ncnn
        self.net = ncnn.Net()
        self.net.opt.num_threads = setting.threads
        self.net.opt.use_fp16_packed = False
        self.net.opt.use_fp16_storage = False
        self.net.opt.use_fp16_arithmetic = False
        self.net.opt.use_bf16_storage = setting.precision == "bf16"
        self.net.load_param(str(models / "vgg16.param"))
        self.net.load_model(str(models / "vgg16.bin"))

    def infer(self, batch: np.ndarray) -> np.ndarray:
        rows = []
        for picture in batch:
            with self.net.create_extractor() as extractor:
                extractor.input("pictures", self.ncnn.Mat(picture))
                _, found = extractor.extract("block5_pool")
                rows.append(np.array(found).transpose(1, 2, 0).ravel())
        return np.stack(rows)


class Mnn(BatchPeer):
    def load(self, models: Path, setting: Setting) -> None:
        import MNN

        self.mnn = MNN
        # One interpreter and session a caller: a session is not to be shared.
        precision = "low" if setting.precision == "bf16" else "high"
        self.free = []
        for _ in range(setting.callers):
            net = MNN.Interpreter(str(models / "vgg16.mnn"))
            how = {"backend": "CPU", "numThread": setting.threads, "precision": precision}
            session = net.createSession(how)
            net.resizeTensor(net.getSessionInput(session), (setting.batch, 3, 100, 100))
            net.resizeSession(session)
            self.free.append((net, session))

    def infer(self, batch: np.ndarray) -> np.ndarray:
        net, session = self.free.pop()
        kind, order = self.mnn.Halide_Type_Float, self.mnn.Tensor_DimensionType_Caffe
        given = self.mnn.Tensor(batch.shape, kind, batch, order)
        net.getSessionInput(session).copyFrom(given)
        net.runSession(session)
        shape = (len(batch), 4608)
        rows = self.mnn.Tensor(shape, kind, np.empty(shape, np.float32), order)
        net.getSessionOutput(session).copyToHostTensor(rows)
        self.free.append((net, session))
        return np.array(rows.getNumpyData(), np.float32).reshape(shape)


class Pomona(Peer):
    backend = "native"

    def load(self, models: Path, setting: Setting) -> None:
        import pomona

        threads = setting.callers * setting.threads
        how = {"precision": setting.precision, "backend": self.backend, "batch": setting.batch}
        self.extractor = pomona.FeatureExtractor("vgg16", threads=threads, **how)

    def extract(self, pictures: np.ndarray) -> np.ndarray:
        # It shares batches out among its threads itself.
        return np.asarray(self.extractor.extract(pictures))


class PomonaOpenVino(Pomona):
    backend = "openvino"


LIBRARIES: dict[str, Callable[[Path, Setting], Peer]] = {
    "openvino": OpenVino,
    "onnxruntime": OnnxRuntime,
    "tensorflow": Keras,
    "ncnn": Ncnn,
    "mnn": Mnn,
    "pomona": Pomona,
    "pomona-openvino": PomonaOpenVino,
}
