"""Attention rhythm as one writes it in PyTorch: the whole map, then sums over it."""

import torch


def signals(maps, distance, in_horizon, window):
    waad = (maps * distance.clamp(max=window)).sum(-1)
    count = in_horizon.sum(-2).clamp(min=1)
    fai = (maps * in_horizon).sum(-2) / count
    return {"waad": waad, "fai": fai, "span": (maps * distance).sum(-1).mean(-1)}


def distances(T, params, device):
    at = torch.arange(T, device=device)
    distance = at[:, None] - at[None, :]
    in_horizon = (distance >= params["h_lo"]) & (distance <= params["h_hi"])
    return distance, in_horizon.float()


def attention_metrics(inputs, params):
    H, Hkv, T, D = (params[name] for name in ("H", "Hkv", "T", "D"))
    q = inputs["q"].view(H, T, D)
    k = inputs["k"].view(Hkv, T, D)
    distance, in_horizon = distances(T, params, q.device)
    future = distance < 0
    distance = distance.clamp(min=0).float()

    def run():
        # 16-bit inputs are multiplied in float32: their own products are off by more than the signals bear.
        keys = k.float().repeat_interleave(H // Hkv, dim=0)
        scores = q.float() @ keys.transpose(-1, -2) * params["scale"]
        maps = scores.masked_fill(future, float("-inf")).softmax(-1)
        return signals(maps, distance, in_horizon, params["window"])

    return run


def attention_metrics_from_maps(inputs, params):
    H, T = params["H"], params["T"]
    maps = inputs["maps"].view(H, T, T)
    distance, in_horizon = distances(T, params, maps.device)
    distance = distance.clamp(min=0).float()

    def run():
        result = signals(maps.float(), distance, in_horizon, params["window"])
        return {name: result[name] for name in ("waad", "fai")}

    return run
