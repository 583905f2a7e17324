"""Gradient statistics as reference implementations of GraMa compute them: a loop over the layers."""


def grad_stats(inputs, params):
    import torch

    count = params["K"]
    grads = [inputs[f"grads.{k}"].view(inputs["neurons"][k], -1) for k in range(count)]

    def run():
        with torch.no_grad():
            means = [g.abs().mean(dim=1) for g in grads]
            scores = [m / m.mean() for m in means]
        return {"per_neuron": torch.cat(means), "normalized": torch.cat(scores)}

    if count > 500:
        run.compile = _too_many
    run.others = {"numpy": lambda: _numpy(grads), "torch foreach": lambda: _foreach(torch, grads)}
    return run


def _too_many():
    raise RuntimeError("a graph of thousands of tensors compiles for minutes")


def _numpy(grads):
    import numpy as np

    grads = [g.cpu().numpy() for g in grads]

    def run():
        means = [np.abs(g).mean(axis=1) for g in grads]
        scores = [m / m.mean() for m in means]
        return {"per_neuron": np.concatenate(means), "normalized": np.concatenate(scores)}

    return run


def _foreach(torch, grads):
    def run():
        with torch.no_grad():
            means = [g.mean(dim=1) for g in torch._foreach_abs(grads)]
            scores = torch._foreach_div(means, [m.mean() for m in means])
        return {"per_neuron": torch.cat(means), "normalized": torch.cat(scores)}

    return run
