import { empty, keep, type DeviceName, type Tensor } from '@anacrusis/tensor';

/** Tensors of one device that live and end together, outside of every scope. */
export class Buffers {
  readonly device: DeviceName;
  readonly #all: Tensor[] = [];

  constructor(device: DeviceName) {
    this.device = device;
  }

  /** Elements that are not set. */
  empty(shape: readonly number[], dtype: 'f32' | 'i32' = 'f32'): Tensor {
    return this.#own(empty(shape, dtype, this));
  }

  copy(source: Tensor): Tensor {
    return this.empty(source.shape).copyFrom(source);
  }

  /** A part of one of them. */
  view(of: Tensor, shape: readonly number[], offset = 0): Tensor {
    return this.#own(of.alias(shape, offset));
  }

  dispose(): void {
    for (const tensor of this.#all.splice(0)) tensor.dispose();
  }

  #own(tensor: Tensor): Tensor {
    this.#all.push(keep(tensor));
    return tensor;
  }
}
