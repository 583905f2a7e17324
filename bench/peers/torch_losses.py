"""Losses over logits, as trainers write them in PyTorch: float32 log_softmax, gather, autograd."""


def _rows(torch, logits, targets, temperature):
    scaled = logits.float() / temperature
    logs = torch.log_softmax(scaled, dim=-1)
    logp = logs.gather(-1, targets.long().unsqueeze(-1)).squeeze(-1)
    entropy = -(logs.exp() * logs).sum(-1)
    return logp, entropy


def _loss(torch, inputs, params, logits):
    logp, entropy = _rows(torch, logits, inputs["targets"], params["temperature"])
    ratio = torch.exp(logp - inputs["old_logp"])
    low, high = 1 - params["clip_low"], 1 + params["clip_high"]
    advantages = inputs["advantages"]
    surrogate = -torch.min(ratio * advantages, ratio.clamp(low, high) * advantages)
    losses = surrogate - params["entropy_coef"] * entropy if params["entropy_coef"] else surrogate
    return (losses * inputs["weights"]).sum(), logp


def _shaped(inputs, params, name, rows, columns):
    return inputs[name].view(params[rows], params[columns])


def token_log_probs(inputs, params):
    import torch

    logits = _shaped(inputs, params, "logits", "T", "V")

    def run():
        with torch.no_grad():
            logp, entropy = _rows(torch, logits, inputs["targets"], params["temperature"])
        return {"logp": logp, "entropy": entropy}

    if params["dtype"] == "f32":  # numpy has no bfloat16
        run.others = {"numpy": lambda: _token_log_probs_numpy(logits, inputs["targets"], params)}
    return run


def _token_log_probs_numpy(logits, targets, params):
    import numpy as np

    logits, targets = logits.cpu().numpy(), targets.cpu().numpy()
    rows = np.arange(len(targets))

    def run():
        z = logits / np.float32(params["temperature"])
        z -= z.max(axis=1, keepdims=True)
        weights = np.exp(z)
        total = weights.sum(axis=1)
        log_total = np.log(total)
        return {"logp": z[rows, targets] - log_total, "entropy": log_total - (weights * z).sum(axis=1) / total}

    return run


def policy_loss_logits(inputs, params):
    import torch

    logits = _shaped(inputs, params, "logits", "T", "V").clone().requires_grad_(True)

    def run():
        logits.grad = None
        loss, logp = _loss(torch, inputs, params, logits)
        loss.backward()
        return {"logp": logp}

    return run


def linear_policy_loss(inputs, params):
    import torch

    hidden = _shaped(inputs, params, "hidden", "T", "D").clone().requires_grad_(True)
    weight = _shaped(inputs, params, "weight", "V", "D").clone().requires_grad_(True)

    def run():
        hidden.grad = weight.grad = None
        loss, logp = _loss(torch, inputs, params, hidden @ weight.T)
        loss.backward()
        return {"logp": logp, "dhidden": hidden.grad, "dweight": weight.grad}

    return run
