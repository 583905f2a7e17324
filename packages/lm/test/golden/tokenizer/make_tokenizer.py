"""Writes a small tokenizer of the kind that Qwen2 and Qwen3 ship, and encodings to test against.

    python make_tokenizer.py

tokenizer.json, tokenizer_config.json
    256 byte tokens, merges learned from TRAINING below, added tokens
cases.json
    [{text, ids, tokens, decoded}], computed by the byte-pair encoder of this file

The encoder is written from the description of the algorithm (Sennrich et al. 2016, arXiv
1508.07909; byte alphabet of GPT-2) on the standard library alone and shares no code with the
`tokenizers` package. Where that package is importable, both must agree on every case before
anything is written; the last line of output says whether they were compared.
"""

import json
import re
import sys
import unicodedata
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
MERGES = 60
TRAINING = """
the model reads the signal; the model reads the token, then the next token follows the anchor token.
the upbeat leads into the strong beat.
She said that it's the third time they've counted: 3, 7, 9 gives 16; 25 then 36.
We'll see, I'm sure you're right!
9-7=2,2+6=8; 9-6=3,3+7=10.    while (x != 0) { return x - 1; }
Größe und Höhe, naïve café, où étais-tu? Привет, привет мир. 数学 数学 数学 你好 你好
the value and the values, the next value, the next signal and the strong signal: return the value.
"""

# The pattern of Qwen2's tokenizer.json, in the syntax of that file.
PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# (content, special): special tokens vanish with skip_special_tokens, the others are ordinary text
# to a decoder.
ADDED = [
    ('<|endoftext|>', True),
    ('<|im_start|>', True),
    ('<|im_end|>', True),
    ('<think>', False),
    ('</think>', False),
]
CASES = [
    '',
    'the model',
    ' the model reads  the next   token ',
    "It's what they'VE said: we'll see, I'm sure, you're right, he'd go, don't",
    'x9-7=2,2+6=8;9-6=3,3+7=10.',
    '1234567890 12 345',
    'naïve café Größe, où étais-tu?',
    'cafe\u0301 (decomposed) A\u030a',
    'Привет, мир! 数学你好。こんにちは',
    '🙂 👩‍👩‍👧 flag 🇨🇭 and 🎉🎉',
    'tabs\tand\nnew\r\nlines\n\n\n  indented\n',
    '   leading and trailing   ',
    'while (x != 0) { return x - 1; } // ???!!!',
    '<|im_start|>user\nthe next token<|im_end|>\n<|im_start|>assistant\n'
    '<think>\n9-7=2\n</think>\n2<|im_end|><|endoftext|>',
    'text<|endoftext|>text <|endoftext|> text',
    '<|im_start|<|im_start|>|> <|IM_END|> <think>the</think>',
    '½ ² Ⅷ ٣ १२',
    'a\u00a0b\u2003c\u200bd\ufeffe',
    '\u0000\u007f\u0080 control',
    '\U0001d54f \U00020000',
]


def byte_alphabet() -> dict[int, str]:
    """GPT-2's map from bytes to printable characters: printable Latin-1 stays, the rest moves to
    U+0100 and up.
    """
    keep = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    alphabet = {byte: chr(byte) for byte in keep}
    moved = [byte for byte in range(256) if byte not in alphabet]
    alphabet.update({byte: chr(0x100 + index) for index, byte in enumerate(moved)})
    return alphabet


def category_class(initial: str) -> str:
    """The inside of a character class with all code points of one Unicode category (`re` knows no
    \\p{...}).
    """
    ranges, start = [], None
    for code in range(sys.maxunicode + 2):
        inside = code <= sys.maxunicode and unicodedata.category(chr(code))[0] == initial
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            ranges.append(f'\\U{start:08x}-\\U{code - 1:08x}')
            start = None
    return ''.join(ranges)


ALPHABET = byte_alphabet()
BYTE_OF = {char: byte for byte, char in ALPHABET.items()}
LETTERS, NUMBERS = category_class('L'), category_class('N')
SPLIT = re.compile(
    PATTERN.replace(r'[^\r\n\p{L}\p{N}]', f'[^\\r\\n{LETTERS}{NUMBERS}]')
    .replace(r'[^\s\p{L}\p{N}]', f'[^\\s{LETTERS}{NUMBERS}]')
    .replace(r'\p{L}', f'[{LETTERS}]')
    .replace(r'\p{N}', f'[{NUMBERS}]')
)
ADDED_SPLIT = re.compile('(' + '|'.join(re.escape(content) for content, _ in ADDED) + ')')


def words(text: str) -> list[list[str]]:
    normal = unicodedata.normalize('NFC', text)
    return [[ALPHABET[byte] for byte in word.encode()] for word in SPLIT.findall(normal)]


def merge(word: list[str], pair: tuple[str, str]) -> list[str]:
    merged, index = [], 0
    while index < len(word):
        if tuple(word[index : index + 2]) == pair:
            merged.append(word[index] + word[index + 1])
            index += 2
        else:
            merged.append(word[index])
            index += 1
    return merged


def learn(text: str, count: int) -> list[tuple[str, str]]:
    """The `count` merges that each joined the most frequent pair of its moment (ties: the smaller
    pair).
    """
    corpus, merges = words(text), []
    for _ in range(count):
        pairs = Counter(pair for word in corpus for pair in zip(word, word[1:]))
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        corpus = [merge(word, best) for word in corpus]
    return merges


def encode(text: str, merges: list[tuple[str, str]]) -> list[str]:
    """Added tokens are cut out first; then every word is merged, always at the pair learned
    earliest.
    """
    rank = {pair: index for index, pair in enumerate(merges)}
    added = {content for content, _ in ADDED}
    tokens = []
    for part in ADDED_SPLIT.split(text):
        if part in added:
            tokens.append(part)
            continue
        for word in words(part):
            while known := [pair for pair in zip(word, word[1:]) if pair in rank]:
                word = merge(word, min(known, key=rank.__getitem__))
            tokens.extend(word)
    return tokens


def decode(tokens: list[str]) -> str:
    added = {content for content, _ in ADDED}
    pieces = [
        token.encode() if token in added else bytes(BYTE_OF[char] for char in token)
        for token in tokens
    ]
    return b''.join(pieces).decode()


def tokenizer_json(vocab: dict[str, int], merges: list[tuple[str, str]]) -> dict:
    byte_level = {
        'type': 'ByteLevel',
        'add_prefix_space': False,
        'trim_offsets': False,
        'use_regex': False,
    }
    split = {
        'type': 'Split',
        'pattern': {'Regex': PATTERN},
        'behavior': 'Isolated',
        'invert': False,
    }
    flags = {'single_word': False, 'lstrip': False, 'rstrip': False, 'normalized': False}
    return {
        'version': '1.0',
        'truncation': None,
        'padding': None,
        'added_tokens': [
            {'id': len(vocab) + index, 'content': content, **flags, 'special': special}
            for index, (content, special) in enumerate(ADDED)
        ],
        'normalizer': {'type': 'NFC'},
        'pre_tokenizer': {'type': 'Sequence', 'pretokenizers': [split, byte_level]},
        'post_processor': byte_level,
        'decoder': byte_level,
        'model': {
            'type': 'BPE',
            'dropout': None,
            'unk_token': None,
            'continuing_subword_prefix': '',
            'end_of_word_suffix': '',
            'fuse_unk': False,
            'byte_fallback': False,
            'ignore_merges': False,
            'vocab': vocab,
            'merges': [list(pair) for pair in merges],
        },
    }


def tokenizer_config(description: dict) -> dict:
    return {
        'add_bos_token': False,
        'add_prefix_space': False,
        'added_tokens_decoder': {
            str(token['id']): {key: value for key, value in token.items() if key != 'id'}
            for token in description['added_tokens']
        },
        'bos_token': None,
        'clean_up_tokenization_spaces': False,
        'eos_token': '<|im_end|>',
        'errors': 'replace',
        'model_max_length': 64,
        'pad_token': '<|endoftext|>',
        'split_special_tokens': False,
        'tokenizer_class': 'Qwen2Tokenizer',
        'unk_token': None,
    }


def check_against_tokenizers(description: dict, cases: list[dict]) -> str:
    try:
        import tokenizers
    except ImportError:
        return 'the tokenizers package is not importable: not compared'
    reference = tokenizers.Tokenizer.from_str(json.dumps(description))
    for case in cases:
        ids = reference.encode(case['text']).ids
        assert ids == case['ids'], (case['text'], ids, case['ids'])
        decoded = reference.decode(ids, skip_special_tokens=False)
        assert decoded == case['decoded'], (case['text'], decoded, case['decoded'])
    return f'equal to tokenizers {tokenizers.__version__} on all {len(cases)} cases'


def main() -> None:
    merges = learn(TRAINING, MERGES)
    # Byte tokens take the ids 0..255 in the order of their characters, as in the published
    # vocabularies.
    tokens = sorted(BYTE_OF) + [left + right for left, right in merges]
    vocab = {token: index for index, token in enumerate(tokens)}
    description = tokenizer_json(vocab, merges)
    id_of = vocab | {token['content']: token['id'] for token in description['added_tokens']}
    cases = []
    for text in CASES:
        encoded = encode(text, merges)
        ids = [id_of[token] for token in encoded]
        cases.append({'text': text, 'ids': ids, 'tokens': encoded, 'decoded': decode(encoded)})
    verdict = check_against_tokenizers(description, cases)

    for name, value in (
        ('tokenizer.json', description),
        ('tokenizer_config.json', tokenizer_config(description)),
    ):
        (HERE / name).write_text(json.dumps(value, indent=1) + '\n')
    lines = ',\n'.join(json.dumps(case) for case in cases)
    (HERE / 'cases.json').write_text(f'[\n{lines}\n]\n')
    print(f'{len(id_of)} tokens, {len(merges)} merges; {verdict}')


if __name__ == '__main__':
    main()
