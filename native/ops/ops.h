// The list of ops, alphabetical: an include and an entry each. Nothing else central grows.
#pragma once

#include "aggregate/aggregate.h"
#include "approx_kl/approx_kl.h"
#include "attention_metrics/attention_metrics.h"
#include "binary/binary.h"
#include "causal_attention/causal_attention.h"
#include "causal_attention_backward/causal_attention_backward.h"
#include "embedding/embedding.h"
#include "embedding_backward/embedding_backward.h"
#include "gae/gae.h"
#include "log_softmax/log_softmax.h"
#include "log_softmax_backward/log_softmax_backward.h"
#include "matmul/matmul.h"
#include "policy_loss/policy_loss.h"
#include "reduce/reduce.h"
#include "rms_norm/rms_norm.h"
#include "rms_norm_backward/rms_norm_backward.h"
#include "rotary_embedding/rotary_embedding.h"
#include "rotary_table/rotary_table.h"
#include "shape_advantages/shape_advantages.h"
#include "softmax/softmax.h"
#include "softmax_backward/softmax_backward.h"
#include "swiglu/swiglu.h"
#include "swiglu_backward/swiglu_backward.h"
#include "token_log_probs/token_log_probs.h"
#include "token_log_probs_backward/token_log_probs_backward.h"
#include "unary/unary.h"
#include "unary_backward/unary_backward.h"

#define ANACRUSIS_OPS(OP)    \
  OP(Aggregate)              \
  OP(ApproxKl)               \
  OP(AttentionMetrics)       \
  OP(Binary)                 \
  OP(CausalAttention)        \
  OP(CausalAttentionBackward)\
  OP(Embedding)              \
  OP(EmbeddingBackward)      \
  OP(Gae)                    \
  OP(LogSoftmax)             \
  OP(LogSoftmaxBackward)     \
  OP(Matmul)                 \
  OP(PolicyLoss)             \
  OP(Reduce)                 \
  OP(RmsNorm)                \
  OP(RmsNormBackward)        \
  OP(RotaryEmbedding)        \
  OP(RotaryTable)            \
  OP(ShapeAdvantages)        \
  OP(Softmax)                \
  OP(SoftmaxBackward)        \
  OP(Swiglu)                 \
  OP(SwigluBackward)         \
  OP(TokenLogProbs)          \
  OP(TokenLogProbsBackward)  \
  OP(Unary)                  \
  OP(UnaryBackward)
