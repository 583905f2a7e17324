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

    return run
