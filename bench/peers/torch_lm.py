"""PyTorch peer of the language-model benches: one subcommand a line of JSON. See README.md for
input and output.
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path

# Before torch is loaded: torch.set_num_threads does not reach a pthread OpenBLAS (Debian's torch).
# Its second thread spins and is counted as CPU time: 19,000 instead of 33,000 tokens a CPU-second.
for _name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'):
    os.environ[_name] = '1'

import torch
import torch.nn.functional as F
from qwen3_torch import HAS_SDPA, Cache, Qwen3, read_safetensors

CLIP, LR, BETAS, MAX_GRAD_NORM = 0.2, 1e-3, (0.9, 0.95), 1.0


def pad_right(rows: list[list], value) -> torch.Tensor:
    width = max(map(len, rows))
    return torch.tensor([row + [value] * (width - len(row)) for row in rows])


class Batch:
    """Sequences sorted by length and cut into micro-batches, each padded to its own longest row."""

    def __init__(self, job: dict, micro: int):
        order = sorted(range(len(job['sequences'])), key=lambda i: len(job['sequences'][i]))
        lens = [len(sequence) for sequence in job['sequences']]
        self.tokens = sum(lens)
        self.targets = sum(length - prompt for length, prompt in zip(lens, job['prompt_lens']))
        self.parts = []
        for start in range(0, len(order), micro):
            rows = order[start : start + micro]
            ids = pad_right([job['sequences'][i] for i in rows], 0)
            place = torch.arange(1, ids.shape[1])
            prompt = torch.tensor([job['prompt_lens'][i] for i in rows])[:, None]
            mask = (place >= prompt) & (place < torch.tensor([lens[i] for i in rows])[:, None])
            advantage = torch.tensor([float(job['advantages'][i]) for i in rows])[
                :, None
            ].expand_as(mask)
            part = {'ids': ids[:, :-1].contiguous(), 'targets': ids[:, 1:][mask], 'mask': mask}
            part['advantage'] = advantage[mask]
            if 'old_logps' in job:
                part['old'] = torch.tensor([value for i in rows for value in job['old_logps'][i]])
            self.parts.append(part)


def log_probs(model: Qwen3, part: dict) -> torch.Tensor:
    """Log-probabilities of the response tokens of one micro-batch, one after another."""
    return -F.cross_entropy(
        model.forward(part['ids'])[part['mask']], part['targets'], reduction='none'
    )


def train_step(model: Qwen3, optimizer, batch: Batch) -> tuple[float, float]:
    """One optimiser step on the clipped surrogate, a mean over all response tokens."""
    optimizer.zero_grad(set_to_none=True)
    total = 0.0
    for part in batch.parts:
        ratio = torch.exp(log_probs(model, part) - part['old'])
        surrogate = torch.minimum(
            ratio * part['advantage'], ratio.clamp(1 - CLIP, 1 + CLIP) * part['advantage']
        )
        loss = -surrogate.sum() / batch.targets
        loss.backward()
        total += loss.item()
    norm = torch.nn.utils.clip_grad_norm_(list(model.weights.values()), MAX_GRAD_NORM)
    optimizer.step()
    return total, norm.item()


def make_optimizer(model: Qwen3) -> torch.optim.AdamW:
    options = {'lr': LR, 'betas': BETAS, 'weight_decay': 0.0}
    try:
        return torch.optim.AdamW(model.weights.values(), fused=True, **options)
    except (RuntimeError, TypeError):
        return torch.optim.AdamW(model.weights.values(), foreach=True, **options)


def train(job: dict, args: argparse.Namespace) -> dict:
    model, batch = Qwen3(job['model_dir']), Batch(job, args.micro_batch)
    with torch.no_grad():
        for part in batch.parts:
            if 'old' not in part:
                part['old'] = log_probs(model, part)
    optimizer = make_optimizer(model)
    first = train_step(model, optimizer, batch)
    for _ in range(args.warmup - 1):
        train_step(model, optimizer, batch)
    seconds = []
    for _ in range(args.reps):
        begin = time.process_time()
        last = train_step(model, optimizer, batch)
        seconds.append(time.process_time() - begin)
    result = {'tokens': batch.tokens, 'targets': batch.targets, 'micro_batch': args.micro_batch}
    result |= {'first_loss': first[0], 'first_grad_norm': first[1], 'last_loss': last[0]}
    return result | rates([batch.tokens] * args.reps, seconds)


def sample_batch(
    model: Qwen3, prompts: list[list[int]], max_new: int, stop_ids: list[int], compact: float
):
    """One response a prompt, temperature 1, up to and with a stop token. Finished rows leave the
    batch in bulk.
    """
    prompt_lens = torch.tensor([len(prompt) for prompt in prompts])
    width = int(prompt_lens.max())
    ids = torch.tensor([[0] * (width - len(prompt)) + prompt for prompt in prompts])
    cache = Cache(model, prompt_lens, width + max_new)
    out = torch.zeros(len(prompts), max_new, dtype=torch.long)
    lengths = torch.full((len(prompts),), max_new)
    rows, active = torch.arange(len(prompts)), torch.ones(len(prompts), dtype=torch.bool)
    is_stop = torch.zeros(model.weights['embed'].shape[0], dtype=torch.bool)
    is_stop[stop_ids] = True
    logits = cache.step(ids)
    for place in range(max_new):
        # argmax(p / Exp(1)) is a categorical draw and cheaper than multinomial
        noise = torch.empty_like(logits).exponential_()
        ids = (logits.softmax(-1) / noise).argmax(-1)
        out[rows, place] = ids
        ended = is_stop[ids] & active
        lengths[rows[ended]] = place + 1
        active &= ~ended
        left = int(active.sum())
        if left == 0 or place + 1 == max_new:
            break
        if left <= compact * len(rows):
            cache.keep(active)
            rows, ids, active = rows[active], ids[active], torch.ones(left, dtype=torch.bool)
        logits = cache.step(ids[:, None])
    return out, lengths


def sample(job: dict, args: argparse.Namespace) -> dict:
    model = Qwen3(job['model_dir'])
    prompts = [ids[:length] for ids, length in zip(job['sequences'], job['prompt_lens'])]
    torch.manual_seed(job['seed'])
    counts, seconds = [], []
    with torch.inference_mode():
        for rep in range(args.warmup + args.reps):
            begin = time.process_time()
            out, lengths = sample_batch(
                model, prompts, job['max_new_tokens'], job['stop_ids'], args.compact
            )
            if rep >= args.warmup:
                seconds.append(time.process_time() - begin)
                counts.append(int(lengths.sum()))
    result = {'rows': len(prompts), 'mean_length': sum(counts) / len(counts) / len(prompts)}
    result['first_row'] = out[0, : lengths[0]].tolist()
    return result | rates(counts, seconds)


def rates(tokens: list[int], seconds: list[float]) -> dict:
    per_second = sorted(count / time for count, time in zip(tokens, seconds))
    return {
        'tokens_per_cpu_s': statistics.median(per_second),
        'spread': [per_second[0], per_second[-1]],
        'cpu_s': statistics.median(seconds),
        'reps': len(seconds),
        'torch': torch.__version__,
        'blas': 'mkl' if torch.backends.mkl.is_available() else 'other',
        'sdpa': HAS_SDPA,
        'threads': torch.get_num_threads(),
    }


def relative(got: torch.Tensor, want: torch.Tensor) -> float:
    return float((got - want).abs().max() / want.abs().max())


def check(folder: str) -> dict:
    """Largest errors, relative to the largest value of a tensor, against a golden folder of
    packages/lm/test/golden.
    """
    model, golden = Qwen3(folder), read_safetensors(Path(folder) / 'golden.safetensors')
    starts = golden['seq_starts'].tolist()
    sequences = [golden['input_ids'][a:b].tolist() for a, b in zip(starts, starts[1:])]
    lens = [len(sequence) for sequence in sequences]
    ids = pad_right(sequences, 0)
    logits = model.forward(ids)
    targets = pad_right([sequence[1:] + [-100] for sequence in sequences], -100)
    loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
    loss.backward()
    gradient_error = 0.0
    for fused, names in model.parts().items():
        parts = model.weights[fused].grad.split([model.rows[name] for name in names])
        errors = [relative(part, golden[f'grad.{name}']) for part, name in zip(parts, names)]
        gradient_error = max(gradient_error, *errors)
    packed = torch.cat([rows[:length] for rows, length in zip(logits.detach(), lens)])
    with torch.inference_mode():
        # Prompts of different lengths, left-padded, then the last tokens through the cache
        tail = min(2, min(lens) - 1)
        heads = [sequence[: len(sequence) - tail] for sequence in sequences]
        cache = Cache(model, torch.tensor([len(head) for head in heads]), max(lens))
        width = max(map(len, heads))
        decoded = cache.step(torch.tensor([[0] * (width - len(head)) + head for head in heads]))
        for back in range(tail, 0, -1):
            decoded = cache.step(torch.tensor([[sequence[-back]] for sequence in sequences]))
    ends = torch.tensor(starts[1:]) - 1
    return {
        'loss': loss.item(),
        'golden_loss': json.loads((Path(folder) / 'golden.json').read_text())['loss'],
        'logits': relative(packed, golden['logits']),
        'cached_logits': relative(decoded, golden['logits'][ends]),
        'gradients': gradient_error,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('command', choices=['train', 'sample', 'check'])
    parser.add_argument('input', help='job file (train, sample) or golden folder (check)')
    parser.add_argument('--reps', type=int, default=5)
    parser.add_argument('--warmup', type=int, default=2)
    parser.add_argument(
        '--micro-batch', type=int, default=16, help='rows of one padded forward and backward pass'
    )
    parser.add_argument(
        '--compact', type=float, default=0.85, help='drop finished rows below this active share'
    )
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.command == 'check':
        result = check(args.input)
    else:
        job = json.loads(Path(args.input).read_text())
        result = {'train': train, 'sample': sample}[args.command](job, args)
    print(json.dumps({'command': args.command} | result))


if __name__ == '__main__':
    main()
