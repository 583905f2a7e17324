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


def flash_forward(q, k, params):
    """Forward of fused causal attention of the same shape, the usual measure of a score kernel: time alone."""
    half = q.dtype in (torch.bfloat16, torch.float16)
    if q.is_cuda and half:
        from torch.nn.attention import SDPBackend, sdpa_kernel

        backend = sdpa_kernel(SDPBackend.FLASH_ATTENTION)
    else:
        import contextlib

        backend = contextlib.nullcontext()
    q, k = q[None], k.repeat_interleave(params["H"] // params["Hkv"], dim=0)[None]

    def run():
        with backend, torch.no_grad():
            torch.nn.functional.scaled_dot_product_attention(q, k, k, is_causal=True, scale=params["scale"])
        return {}

    return run


def flash_attention_package(q, k, params):
    """The same by flash-attn 3 or 2, where one is installed."""
    if not q.is_cuda:
        raise RuntimeError("a CUDA device is needed")
    try:
        from flash_attn_interface import flash_attn_func
    except ImportError:
        from flash_attn import flash_attn_func
    q, k = q.transpose(0, 1)[None].contiguous(), k.transpose(0, 1)[None].contiguous()

    def run():
        flash_attn_func(q, k, k, softmax_scale=params["scale"], causal=True)
        return {}

    return run


def forwards(q, k, params):
    return {
        "attention forward": lambda: flash_forward(q, k, params),
        "flash-attn forward": lambda: flash_attention_package(q, k, params),
    }


def attention_forward(inputs, params):
    """Where whole maps would not fit: the fused forward alone."""
    H, Hkv, T, D = (params[name] for name in ("H", "Hkv", "T", "D"))
    return forwards(inputs["q"].view(H, T, D), inputs["k"].view(Hkv, T, D), params)


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

    run.others = forwards(q, k, params)
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
