"""The kernels' peers in PyTorch: one job at a time over standard input, one line of JSON each way.

{"function", "inputs": {name: {file, dtype}}, "params", "threads", "device"} -> {"modes", "torch", "skipped"}
{"run": mode, "repeat"} -> {"seconds"}     of one run, timed over `repeat` of them
{"memory": mode} -> {"bytes"}         of memory that one more run needs, Linux and CPU only
{"outputs": mode, "folder"} -> {"files"}   float32 results, for the check before any timing

A family's functions stand in torch_<family>.py: def name(inputs, params) -> run, with run() -> {output: tensor}.
`run.others` may name more peers of the same kernel: {name: function that makes run}; so does a function that returns
such a table instead. What cannot be made here is left out, with the reason. Results are tensors or numpy arrays; a
peer that computes something else, whose time alone is of interest, returns {}.
"""

import importlib
import json
import os
import pathlib
import sys
import time

DTYPES = {"f32": "float32", "f64": "float64", "i32": "int32", "u8": "uint8", "u16": "int16"}


def load(inputs, params, device):
    import torch

    tensors = {}
    for name, spec in inputs.items():
        data = bytearray(pathlib.Path(spec["file"]).read_bytes())
        dtype = getattr(torch, DTYPES[spec["dtype"]])
        tensor = torch.frombuffer(data, dtype=dtype) if data else torch.empty(0, dtype=dtype)
        if spec["dtype"] == "u16":
            tensor = tensor.view(torch.float16 if params.get("dtype") == "f16" else torch.bfloat16)
        tensors[name] = tensor.to(device)
    return tensors


def find(name):
    for path in sorted(pathlib.Path(__file__).parent.glob("torch_*.py")):
        if path.stem in ("torch_kernels", "torch_lm"):
            continue
        module = importlib.import_module(path.stem)
        if hasattr(module, name):
            return getattr(module, name)
    raise LookupError(f"no peer function {name}")


class Job:
    def __init__(self, question):
        import torch

        self.device = question["device"]
        if question["threads"]:
            torch.set_num_threads(question["threads"])
        setup = find(question["function"])
        run = setup(load(question["inputs"], question["params"], self.device), question["params"])
        self.runs, self.skipped = {}, {}
        if callable(run):
            self.try_out("torch eager", lambda: run)
            # A peer that compiles parts of itself says how.
            self.try_out("torch compiled", getattr(run, "compile", lambda: torch.compile(run)))
        for name, make in (getattr(run, "others", {}) if callable(run) else run).items():
            self.try_out(name, make)
        self.about = {"torch": torch.__version__, "threads": torch.get_num_threads()}

    def try_out(self, name, make):
        try:
            candidate = make()
            candidate()
            self.runs[name] = candidate
        except Exception as error:  # not installed, no compiler here, or an operation that it refuses
            self.skipped[name] = (str(error) or type(error).__name__).splitlines()[0][:200]

    def wait(self):
        import torch

        if self.device != "cpu":
            torch.cuda.synchronize()

    def once(self, mode, repeat):
        self.wait()
        start = time.perf_counter()
        for _ in range(repeat):
            self.runs[mode]()
        self.wait()
        return (time.perf_counter() - start) / repeat

    def memory(self, mode):
        def status(key):
            lines = pathlib.Path("/proc/self/status").read_text().splitlines()
            return next(int(line.split()[1]) for line in lines if line.startswith(key)) * 1024

        pathlib.Path("/proc/self/clear_refs").write_text("5")
        before = status("VmRSS")
        self.runs[mode]()
        return max(0, status("VmHWM") - before)

    def outputs(self, mode, folder):
        files = {}
        for name, tensor in self.runs[mode]().items():
            path = os.path.join(folder, f"out-{name}")
            if hasattr(tensor, "detach"):
                tensor = tensor.detach().float().cpu().numpy()
            pathlib.Path(path).write_bytes(tensor.astype("float32").tobytes())
            files[name] = path
        return files


def answer(question, job):
    if "run" in question:
        return job, {"seconds": job.once(question["run"], question["repeat"])}
    if "memory" in question:
        return job, {"bytes": job.memory(question["memory"])}
    if "outputs" in question:
        return job, {"files": job.outputs(question["outputs"], question["folder"])}
    job = Job(question)
    return job, {"modes": list(job.runs), "skipped": job.skipped, **job.about}


def main():
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    job = None
    for line in sys.stdin:
        try:
            job, reply = answer(json.loads(line), job)
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}", "modes": []}
        print(json.dumps(reply), flush=True)


main()
