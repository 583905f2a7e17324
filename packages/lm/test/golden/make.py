"""Writes the golden folders here: small random Qwen3 models and what `transformers` makes of them.

    pip install torch transformers && python make.py

Every folder is a Hugging Face checkpoint as `save_pretrained` writes it, plus

golden.safetensors
    input_ids   I32 [N]    the sequences one after another, N tokens in all
    seq_starts  I32 [S+1]  sequence s is input_ids[seq_starts[s]:seq_starts[s+1]]
    logits      F32 [N,V]  logits after token n; every sequence was run alone, from position 0
    grad.<name> F32        d loss / d parameter, under the parameter's own name and shape (a tied
                           head has none of its own: its share is in the embedding's)
golden.json
    loss: mean next-token cross-entropy over the `targets` = N - S targets of all sequences together
    (a global mean, not a mean of sequence means); the parameters' names, and how all was made.

The model that is measured is the one read back from the folder, so the files and the numbers belong
together. BF16 weights are read into float32 and all arithmetic is float32.
"""

import json
import platform
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from transformers import Qwen3Config, Qwen3ForCausalLM

HERE = Path(__file__).parent

# seq_lens avoid even numbers; sizes avoid equalities (heads x head_dim != hidden_size) that hide a
# wrong axis.
GOLDENS = {
    'tied-gqa': {
        'about': 'tied embeddings, 4 query heads on 2 kv heads, heads x head_dim 128 > hidden 64',
        'seed': 11,
        'seq_lens': [7, 13],
        'config': dict(
            vocab_size=61,
            hidden_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=32,
            intermediate_size=26,
            rms_norm_eps=1e-6,
            tie_word_embeddings=True,
            rope_parameters={'rope_type': 'default', 'rope_theta': 10000.0},
        ),
    },
    'untied-one-kv-head': {
        'about': 'untied head, 3 query heads on 1 kv head, rope_theta 1e6, rms_norm_eps 1e-2 '
        '(large, so that it shows at a tolerance of 1e-4), three sequences, '
        'config.json laid out as in the published Qwen3 models (top-level rope_theta, torch_dtype)',
        'seed': 12,
        'seq_lens': [5, 19, 11],
        'published_layout': True,
        'config': dict(
            vocab_size=53,
            hidden_size=36,
            num_hidden_layers=2,
            num_attention_heads=3,
            num_key_value_heads=1,
            head_dim=16,
            intermediate_size=58,
            rms_norm_eps=1e-2,
            tie_word_embeddings=False,
            rope_parameters={'rope_type': 'default', 'rope_theta': 1000000.0},
        ),
    },
    'bf16': {
        'about': 'weights stored as BF16, computed in float32; 3 query, 3 kv heads, rope_theta 1e6',
        'seed': 13,
        'seq_lens': [9, 3],
        'dtype': torch.bfloat16,
        'config': dict(
            vocab_size=47,
            hidden_size=28,
            num_hidden_layers=3,
            num_attention_heads=3,
            num_key_value_heads=3,
            head_dim=8,
            intermediate_size=42,
            rms_norm_eps=1e-6,
            tie_word_embeddings=True,
            rope_parameters={'rope_type': 'default', 'rope_theta': 1000000.0},
        ),
    },
    'sharded': {
        'about': 'three shards with an index, untied head, 6 query heads on 2 kv heads, '
        'one sequence of a single token',
        'seed': 14,
        'seq_lens': [17, 1, 9],
        'max_shard_size': '48KB',
        'config': dict(
            vocab_size=97,
            hidden_size=34,
            num_hidden_layers=2,
            num_attention_heads=6,
            num_key_value_heads=2,
            head_dim=10,
            intermediate_size=38,
            rms_norm_eps=1e-6,
            tie_word_embeddings=False,
            rope_parameters={'rope_type': 'default', 'rope_theta': 50000.0},
        ),
    },
}


def randomize(model: Qwen3ForCausalLM, seed: int) -> None:
    """Weights large enough that every branch matters: linear maps keep the variance, norm weights
    lie in [0.5, 1.5].
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith('norm.weight'):
                parameter.uniform_(0.5, 1.5, generator=generator)
            elif 'embed_tokens' in name:
                parameter.normal_(0, 0.3, generator=generator)
            else:
                parameter.normal_(0, parameter.shape[1] ** -0.5, generator=generator)


def to_published_layout(path: Path) -> None:
    """Rewrites a config.json of transformers 5 into the layout of the published Qwen3 models
    (transformers 4.51).
    """
    config = json.loads(path.read_text())
    config['rope_theta'] = config.pop('rope_parameters')['rope_theta']
    config['rope_scaling'] = None
    config['torch_dtype'] = config.pop('dtype')
    config['transformers_version'] = '4.51.0'
    config.pop('layer_types')
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + '\n')


def make(name: str, spec: dict) -> None:
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()

    model = Qwen3ForCausalLM(
        Qwen3Config(**spec['config'], attention_bias=False, max_position_embeddings=64)
    )
    randomize(model, spec['seed'])
    dtype = spec.get('dtype', torch.float32)
    model.to(dtype).save_pretrained(folder, max_shard_size=spec.get('max_shard_size', '50GB'))
    (folder / 'generation_config.json').unlink()
    if spec.get('published_layout'):
        to_published_layout(folder / 'config.json')

    model = Qwen3ForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation='eager'
    ).eval()
    assert (
        model.config.rope_parameters['rope_theta']
        == spec['config']['rope_parameters']['rope_theta']
    )
    generator = torch.Generator().manual_seed(spec['seed'] + 100)
    vocab = model.config.vocab_size
    sequences = [
        torch.randint(vocab, (length,), generator=generator) for length in spec['seq_lens']
    ]
    logits = [model(input_ids=ids[None]).logits[0] for ids in sequences]
    targets = torch.cat([ids[1:] for ids in sequences])
    loss = torch.nn.functional.cross_entropy(torch.cat([rows[:-1] for rows in logits]), targets)
    loss.backward()

    starts = torch.tensor([0, *spec['seq_lens']]).cumsum(0)
    tensors = {
        'input_ids': torch.cat(sequences).to(torch.int32),
        'seq_starts': starts.to(torch.int32),
        'logits': torch.cat(logits).detach().contiguous(),
    }
    tensors.update(
        {f'grad.{key}': value.grad.contiguous() for key, value in model.named_parameters()}
    )
    save_file(tensors, folder / 'golden.safetensors')
    description = {
        'about': spec['about'],
        'loss': loss.item(),
        'loss_is': 'mean next-token cross-entropy over the targets of all sequences (global mean)',
        'targets': targets.numel(),
        'seq_lens': spec['seq_lens'],
        'weights_dtype': str(dtype).removeprefix('torch.'),
        'compute_dtype': 'float32',
        'parameters': [key for key, _ in model.named_parameters()],
        'made_by': 'make.py: unmodified transformers.Qwen3ForCausalLM, eager attention, CPU',
        'transformers': transformers.__version__,
        'torch': torch.__version__,
        'python': platform.python_version(),
    }
    (folder / 'golden.json').write_text(json.dumps(description, indent=2) + '\n')
    spread = tensors['logits'].std().item()
    size = sum(parameter.numel() for parameter in model.parameters())
    print(f'{name}: loss {loss.item():.6f}, logits std {spread:.2f}, {size} parameters')


if __name__ == '__main__':
    for golden_name, golden_spec in GOLDENS.items():
        make(golden_name, golden_spec)
