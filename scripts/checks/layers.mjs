// The arrows of the native sources: math <- ops <- addon, with runtime beside ops.
import { posix } from 'node:path';
import { read, sources } from './files.mjs';

/** Which layers a layer may include. */
const layers = {
  math: ['math'],
  runtime: ['runtime', 'math'],
  ops: ['ops', 'runtime', 'math'],
  // test: what emulated.node exports beside the addon.
  addon: ['addon', 'ops', 'runtime', 'test'],
};
const opHeader = /^ops\/[^/]+\/[^/]+$/;

function layerOf(path, header) {
  const [first] = header.split('/');
  if (header.includes('/') && first in layers) return header;
  return posix.join(posix.dirname(path), header).replace(/^native\//, '');
}

function problem(path, layer, header, quoted) {
  if (header === 'node_api.h' && layer !== 'addon') return 'only native/addon includes Node-API';
  if (/^cuda|^driver_types/.test(header) && !quoted && !path.endsWith('/cuda_device.cu')) {
    return 'only native/runtime/cuda_device.cu includes the CUDA toolkit';
  }
  if (!quoted) return layer === 'math' && header.includes('.h') ? 'formulas need no library' : '';
  const target = layerOf(path, header);
  if (!layers[layer].includes(target.split('/')[0])) return `native/${layer} must not include this`;
  if (layer === 'addon' && opHeader.test(target)) return 'the addon knows no single op by name';
  return '';
}

export const nativeLayers = {
  name: 'native layers',
  run(report) {
    for (const path of sources('native', /\.(h|cpp|cu|cuh)$/)) {
      const layer = path.split('/')[1];
      if (!(layer in layers)) continue;
      for (const [, open, header] of read(path).matchAll(/^\s*#\s*include\s*([<"])([^>"]+)/gm)) {
        const text = problem(path, layer, header, open === '"');
        if (text) report.fail(path, `#include ${header}: ${text}`);
      }
    }
  },
};
