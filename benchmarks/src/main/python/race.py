"""The torch side of the race: answers requests, one JSON object a line, on standard input and output.

It makes the model (random weights, a fixed seed) and the examples, and writes both for the other side to read, so that the
same work is done. Whoever asks decides when it runs, and how often: the two sides never compute at the same time.
"""
import json
import os
import pathlib
import sys
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # two pools of threads that spin take the cores from each other
import numpy
import torch
from bert import BertClassifier
from influence import flat, gradient, hvp, influences, lissa, trainable

PADDED = 128  # what the published code pads every pair to
WEIGHT_DECAY = 0.005


class Race:
    def __init__(self, folder, hidden, layers, heads, inter, examples, tokens):
        torch.manual_seed(0)
        self.folder = pathlib.Path(folder)
        self.model = BertClassifier(hidden, layers, heads, inter).eval()
        self.ids = torch.randint(1000, 30522, (examples + 1, tokens))  # the last is the test point
        self.labels = torch.randint(0, 3, (examples + 1,))
        for name, parameter in self.model.named_parameters():
            self.save(name, parameter.detach())
        self.save("ids", self.ids.int())
        self.save("labels", self.labels.int())

    def save(self, name, tensor):
        numpy.save(self.folder / f"{name}.npy", numpy.ascontiguousarray(tensor.numpy()))

    def example(self, i, padded):
        tokens = self.ids.shape[1]
        length = max(tokens, PADDED) if padded else tokens
        ids = torch.zeros(1, length, dtype=torch.long)
        mask = torch.zeros(1, length)
        ids[0, :tokens] = self.ids[i]
        mask[0, :tokens] = 1
        return dict(ids=ids, mask=mask, segments=torch.zeros(1, length, dtype=torch.long), labels=self.labels[i : i + 1])

    def test_gradient(self, padded):
        return gradient(self.model, self.example(len(self.ids) - 1, padded))

    def threads(self, count):
        torch.set_num_threads(count)

    def steps(self, order, padded, damp, scale):
        """Milliseconds of each step of LiSSA."""
        v = self.test_gradient(padded)
        s = v.clone()
        times = []
        for i in order:
            batch = self.example(i, padded)
            start = time.perf_counter()
            s = v + (1 - damp) * s - hvp(self.model, batch, s, WEIGHT_DECAY) / scale
            times.append((time.perf_counter() - start) * 1e3)
        return times

    def hvps(self, order, padded):
        v = self.test_gradient(padded)
        return self.timed(lambda i: hvp(self.model, self.example(i, padded), v, WEIGHT_DECAY), order)

    def candidates(self, order, padded):
        s = self.test_gradient(padded)
        return self.timed(lambda i: influences(self.model, s, [self.example(i, padded)]), order)

    @staticmethod
    def timed(work, order):
        times = []
        for i in order:
            start = time.perf_counter()
            work(i)
            times.append((time.perf_counter() - start) * 1e3)
        return times

    def s_test(self, order, damp, scale):
        """Writes s_test of LiSSA over these examples, one a step."""
        batches = [self.example(i, False) for i in order]
        self.solution = lissa(self.model, self.test_gradient(False), batches, damp, scale, WEIGHT_DECAY)
        start = 0
        for name, parameter in trainable(self.model):
            part = self.solution[start : start + parameter.numel()].reshape(parameter.shape)
            self.save("s_test." + name, part)
            start += parameter.numel()

    def influences(self, order):
        """Influences of these examples by the s_test found last."""
        return influences(self.model, self.solution, [self.example(i, False) for i in order]).tolist()


def require_fast_blas():
    """The reference BLAS that python3-torch brings alone is many times slower: to race against it would be no comparison."""
    torch.ones(8, 8) @ torch.ones(8, 8)
    with open("/proc/self/maps") as maps:
        if any("/blas/libblas.so" in line for line in maps):  # where Debian keeps the reference
            sys.exit("race.py: torch computes with the reference BLAS; install a fast one (Debian: libopenblas0-pthread)")


def main():
    require_fast_blas()
    race = Race(**json.loads(sys.argv[1]))
    print(json.dumps(dict(torch=torch.__version__, parameters=flat([p for _, p in trainable(race.model)]).numel())), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        result = getattr(race, request.pop("do"))(**request)
        print(json.dumps(dict(result=result)), flush=True)


main()
