/** Where a trainer shows what it does; null: nowhere. */
export interface Output {
  output?: NodeJS.WriteStream | null;
}
