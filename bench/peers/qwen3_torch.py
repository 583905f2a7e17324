"""The Qwen3 architecture in eager PyTorch, written for speed: fused projections, one norm for q
and k, a preallocated KV cache.

Reads a Hugging Face folder (own safetensors reader, no package but torch). Runs on torch >= 1.13;
scaled_dot_product_attention is used where it exists.
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

DTYPES = {'F32': torch.float32, 'F16': torch.float16, 'BF16': torch.bfloat16}
HAS_SDPA = hasattr(F, 'scaled_dot_product_attention')


def read_safetensors(path: Path) -> dict[str, torch.Tensor]:
    """All float tensors of a file, as float32; integer tensors (I32) as they are."""
    data = bytearray(path.read_bytes())
    header_size = int.from_bytes(data[:8], 'little')
    header = json.loads(data[8 : 8 + header_size])
    header.pop('__metadata__', None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry['data_offsets']
        dtype = torch.int32 if entry['dtype'] == 'I32' else DTYPES[entry['dtype']]
        count = (end - begin) // torch.tensor([], dtype=dtype).element_size()
        flat = torch.frombuffer(data, dtype=dtype, offset=8 + header_size + begin, count=count)
        tensors[name] = (
            (flat if dtype == torch.int32 else flat.float()).reshape(entry['shape']).clone()
        )
    return tensors


def read_folder(folder: Path) -> dict[str, torch.Tensor]:
    index = folder / 'model.safetensors.index.json'
    files = ['model.safetensors']
    if index.exists():
        files = sorted(set(json.loads(index.read_text())['weight_map'].values()))
    weights = {}
    for file in files:
        weights.update(read_safetensors(folder / file))
    return weights


class Qwen3:
    """Weights of one model. Projections that read the same input are one matrix: qkv, gate_up."""

    def __init__(self, folder: str):
        config = json.loads((Path(folder) / 'config.json').read_text())
        rope = config.get('rope_parameters') or {'rope_theta': config.get('rope_theta', 10000.0)}
        unsupported = {
            'model_type': config['model_type'] != 'qwen3',
            'attention_bias': config.get('attention_bias', False),
            'use_sliding_window': config.get('use_sliding_window', False),
            'rope_scaling': config.get('rope_scaling')
            or rope.get('rope_type', 'default') != 'default',
        }
        if any(unsupported.values()):
            raise SystemExit(
                f'unsupported in config.json: {[key for key, bad in unsupported.items() if bad]}'
            )
        self.n_layers = config['num_hidden_layers']
        self.heads = config['num_attention_heads']
        self.kv_heads = config['num_key_value_heads']
        self.head_dim = config['head_dim']
        self.eps = config['rms_norm_eps']
        self.theta = rope['rope_theta']
        self.tied = config['tie_word_embeddings']
        self.weights = self._fuse(read_folder(Path(folder)))
        for weight in self.weights.values():
            weight.requires_grad_()
        self._tables = None

    def parts(self) -> dict[str, list[str]]:
        """Fused name -> the checkpoint's names that it holds, one below the other."""
        parts = {'embed': ['model.embed_tokens.weight'], 'norm': ['model.norm.weight']}
        if not self.tied:
            parts['head'] = ['lm_head.weight']
        for layer in range(self.n_layers):
            prefix = f'model.layers.{layer}.'
            attn, mlp = prefix + 'self_attn.', prefix + 'mlp.'
            parts[f'{layer}.qkv'] = [f'{attn}{kind}_proj.weight' for kind in 'qkv']
            parts[f'{layer}.gate_up'] = [f'{mlp}gate_proj.weight', f'{mlp}up_proj.weight']
            parts[f'{layer}.o'] = [f'{attn}o_proj.weight']
            parts[f'{layer}.down'] = [f'{mlp}down_proj.weight']
            parts[f'{layer}.q_norm'] = [f'{attn}q_norm.weight']
            parts[f'{layer}.k_norm'] = [f'{attn}k_norm.weight']
            parts[f'{layer}.attn_norm'] = [f'{prefix}input_layernorm.weight']
            parts[f'{layer}.mlp_norm'] = [f'{prefix}post_attention_layernorm.weight']
        return parts

    def _fuse(self, weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        self.rows = {name: weight.shape[0] for name, weight in weights.items()}
        return {
            fused: torch.cat([weights[name] for name in names])
            for fused, names in self.parts().items()
        }

    def rope_tables(self, length: int) -> tuple[torch.Tensor, torch.Tensor]:
        """cos and sin [length, 1, D] over positions 0..length-1; the sign of the rotation sits in
        sin.
        """
        if self._tables is None or self._tables[0].shape[0] < length:
            frequency = self.theta ** (
                -torch.arange(0, self.head_dim, 2, dtype=torch.float32) / self.head_dim
            )
            angle = torch.outer(torch.arange(length, dtype=torch.float32), frequency)[:, None]
            cos, sin = angle.cos(), angle.sin()
            self._tables = torch.cat([cos, cos], -1), torch.cat([-sin, sin], -1)
        return self._tables[0][:length], self._tables[1][:length]

    def rms_norm(self, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps) * weight

    def qkv(self, layer: int, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor):
        """x [B,T,hidden] -> q [B,T,H,D], k and v [B,T,Hkv,D]; q and k share one norm and one
        rotation.
        """
        w, both = self.weights, self.heads + self.kv_heads
        out = F.linear(self.rms_norm(x, w[f'{layer}.attn_norm']), w[f'{layer}.qkv'])
        out = out.view(*x.shape[:2], both + self.kv_heads, self.head_dim)
        norm = torch.cat(
            [
                w[f'{layer}.q_norm'].expand(self.heads, -1),
                w[f'{layer}.k_norm'].expand(self.kv_heads, -1),
            ]
        )
        qk = self.rms_norm(out[:, :, :both], norm)
        half = self.head_dim // 2
        qk = qk * cos + torch.cat([qk[..., half:], qk[..., :half]], -1) * sin
        return qk[:, :, : self.heads], qk[:, :, self.heads :], out[:, :, both:]

    def mlp(self, layer: int, x: torch.Tensor) -> torch.Tensor:
        w = self.weights
        gate, up = F.linear(self.rms_norm(x, w[f'{layer}.mlp_norm']), w[f'{layer}.gate_up']).chunk(
            2, -1
        )
        return x + F.linear(F.silu(gate) * up, w[f'{layer}.down'])

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        head = self.weights['embed' if self.tied else 'head']
        return F.linear(self.rms_norm(x, self.weights['norm']), head)

    def attend(
        self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, causal: bool, mask=None
    ) -> torch.Tensor:
        """q [B,T,H,D], k and v [B,Hkv,S,D] -> [B,T,H*D]. mask is additive, [B,1,T,S]."""
        batch, steps = q.shape[:2]
        q = q.transpose(1, 2)
        if steps == 1:
            # Decoding: the queries of one kv head are rows of one matrix, so K and V are read once
            # and not repeated.
            group = self.heads // self.kv_heads
            q = q.reshape(batch, self.kv_heads, group, self.head_dim)
            scores = torch.matmul(q, k.transpose(2, 3)).mul_(self.head_dim**-0.5)
            if mask is not None:
                scores += mask
            return torch.matmul(scores.softmax(-1), v).view(batch, 1, -1)
        k, v = (t.repeat_interleave(self.heads // self.kv_heads, 1) for t in (k, v))
        if HAS_SDPA:
            out = F.scaled_dot_product_attention(
                q, k, v, attn_mask=mask, is_causal=causal and mask is None
            )
        else:
            scores = torch.matmul(q, k.transpose(2, 3)) * self.head_dim**-0.5
            bias = mask if mask is not None else torch.full((steps, steps), float('-inf')).triu(1)
            out = torch.matmul((scores + bias).softmax(-1), v)
        return out.transpose(1, 2).reshape(batch, steps, -1)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Rows padded on the right, [B,T] -> logits [B,T,V]: causal attention never looks at the
        padding.
        """
        cos, sin = self.rope_tables(ids.shape[1])
        x = F.embedding(ids, self.weights['embed'])
        for layer in range(self.n_layers):
            q, k, v = self.qkv(layer, x, cos, sin)
            out = self.attend(q, k.transpose(1, 2), v.transpose(1, 2), causal=True)
            x = self.mlp(layer, x + F.linear(out, self.weights[f'{layer}.o']))
        return self.logits(x)


class Cache:
    """K and V of B rows, preallocated; rows are padded on the left so that all of them write the
    same column.
    """

    def __init__(self, model: Qwen3, prompt_lens: torch.Tensor, capacity: int):
        self.model, self.length = model, 0
        shape = (model.n_layers, prompt_lens.shape[0], model.kv_heads, capacity, model.head_dim)
        self.k, self.v = torch.zeros(shape), torch.zeros(shape)
        self.pads = prompt_lens.max() - prompt_lens
        self.padded = bool(self.pads.any())
        if self.padded:
            self.bias = torch.zeros(shape[1], 1, 1, capacity)
            self.bias.masked_fill_(
                torch.arange(capacity) < self.pads[:, None, None, None], float('-inf')
            )

    def keep(self, rows: torch.Tensor) -> None:
        """Drops all rows but these: finished rows then cost nothing."""
        self.k, self.v, self.pads = self.k[:, rows], self.v[:, rows], self.pads[rows]
        if self.padded:
            self.bias = self.bias[rows]

    def step(self, ids: torch.Tensor) -> torch.Tensor:
        """Appends ids [B,T] (the padded prompts, then one token a row) -> logits [B,V] after the
        last of them.
        """
        model, start, steps = self.model, self.length, ids.shape[1]
        self.length = end = start + steps
        cos, sin = model.rope_tables(self.k.shape[3])
        if self.padded:
            positions = (torch.arange(start, end) - self.pads[:, None]).clamp_(min=0)
            cos, sin = cos[positions], sin[positions]
        else:
            cos, sin = cos[start:end], sin[start:end]
        mask = self.mask(steps) if self.padded else None
        x = F.embedding(ids, model.weights['embed'])
        for layer in range(model.n_layers):
            q, k, v = model.qkv(layer, x, cos, sin)
            self.k[layer, :, :, start:end] = k.transpose(1, 2)
            self.v[layer, :, :, start:end] = v.transpose(1, 2)
            out = model.attend(
                q, self.k[layer, :, :, :end], self.v[layer, :, :, :end], steps > 1, mask
            )
            x = model.mlp(layer, x + F.linear(out, model.weights[f'{layer}.o']))
        return model.logits(x[:, -1])

    def mask(self, steps: int) -> torch.Tensor:
        bias = self.bias[..., : self.length]
        if steps == 1:
            return bias
        causal = torch.full((steps, steps), float('-inf')).triu(1)
        # A padding row sees itself alone, so that its softmax stays finite; nobody reads its
        # result.
        return (bias + causal).masked_fill(torch.eye(steps, dtype=torch.bool), 0.0)
