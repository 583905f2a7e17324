// Runs op cases on the emulator without Node: run_cases [options] <file of scripts/simt/dump-cases.mjs>...
//   --schedule "order=reverse ..."   may be given several times: results must have the same bits
//   --case <text>                    only cases whose name holds it
//   --most <n>                       only cases of at most n elements
//   --stop                           end at the first failure
// One line per failure; exit status 1 when there is one.
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine.h"
#include "math/float16.h"
#include "memory.h"
#include "ops/cuda_build.h"
#include "ops/op_info.h"
#include "runtime/device_stream.h"

namespace anacrusis {
namespace {

struct Options {
  std::vector<std::string> schedules;
  std::vector<std::string> files;
  std::string only;
  uint64_t most = UINT64_MAX;
  bool stop = false;
};

class Reader {
 public:
  explicit Reader(const std::string& path) : in_(path, std::ios::binary) {
    if (!in_) throw std::runtime_error("cannot open " + path);
  }
  template <class T>
  T take() {
    T value;
    bytes(&value, sizeof value);
    return value;
  }
  std::string text() {
    std::string text(take<uint32_t>(), 0);
    bytes(text.data(), text.size());
    return text;
  }
  void bytes(void* to, size_t count) {
    if (!in_.read(static_cast<char*>(to), static_cast<std::streamsize>(count))) {
      throw std::runtime_error("the file ends too early");
    }
  }

 private:
  std::ifstream in_;
};

struct Array {
  DType dtype;
  int64_t length;
  int32_t same_as;  // an earlier array of the case that this one is, or -1
  std::vector<uint8_t> data;
  bool judged;
  DType decode;  // bf16 or f16: the bits stand for numbers; else the elements do
  std::vector<double> want, bound;
  void* device = nullptr;

  size_t bytes() const { return static_cast<size_t>(length * size_of(dtype)); }
};

struct Value {
  bool present = false;
  double number = 0;
  std::vector<size_t> arrays;  // indices into Case::arrays
};

struct Case {
  std::string name;
  std::vector<Value> values;  // by field
  std::vector<Array> arrays;
};

Array read_array(Reader& in) {
  Array array{};
  array.dtype = static_cast<DType>(in.take<uint8_t>());
  array.length = in.take<int64_t>();
  array.same_as = in.take<int32_t>();
  if (array.same_as < 0) {
    array.data.resize(array.bytes());
    in.bytes(array.data.data(), array.data.size());
  }
  array.judged = in.take<uint8_t>() != 0;
  array.decode = static_cast<DType>(in.take<uint8_t>());
  if (!array.judged) return array;
  array.want.resize(static_cast<size_t>(array.length));
  array.bound.resize(static_cast<size_t>(array.length));
  in.bytes(array.want.data(), array.want.size() * sizeof(double));
  in.bytes(array.bound.data(), array.bound.size() * sizeof(double));
  return array;
}

Case read_case(Reader& in, const OpInfo& op) {
  Case made;
  made.name = in.text();
  for (const Field& field : op.fields) {
    Value& value = made.values.emplace_back();
    value.present = in.take<uint8_t>() != 0;
    if (!value.present) continue;
    if (field.kind != Kind::array && field.kind != Kind::arrays) {
      value.number = in.take<double>();
      continue;
    }
    const uint32_t count = in.take<uint32_t>();
    for (uint32_t i = 0; i < count; ++i) {
      value.arrays.push_back(made.arrays.size());
      made.arrays.push_back(read_array(in));
    }
  }
  return made;
}

template <class T>
void store(std::byte* storage, const Field& field, const T& value) {
  std::memcpy(storage + field.offset, &value, sizeof value);
}

Array& root_of(Case& given, size_t index) {
  Array& array = given.arrays[index];
  return array.same_as < 0 ? array : given.arrays[static_cast<size_t>(array.same_as)];
}

// The outputs of one call, in the order of the fields.
using Results = std::vector<std::vector<uint8_t>>;

class Call {
 public:
  Call(const OpInfo& op, Case& given) : op_(op), given_(given) {
    op.construct(storage_);
    for (size_t i = 0; i < op.fields.size(); ++i) fill(op.fields[i], given.values[i]);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() {
    for (Array& array : given_.arrays) {
      if (array.device) device_table().release(array.device, nullptr);
      array.device = nullptr;
    }
  }

  Results run(CudaEntry entry) {
    Stream stream;
    must("create stream", device_table().stream_create(&stream.handle));
    entry(storage_, stream);
    Results results;
    for (size_t i = 0; i < given_.arrays.size(); ++i) {
      const Array& array = given_.arrays[i];
      if (!array.judged) continue;
      std::vector<uint8_t>& result = results.emplace_back(array.bytes());
      Array& root = root_of(given_, i);
      if (result.empty()) continue;
      if (root.device) must("download", device_table().download(result.data(), root.device, result.size(), stream.handle));
      else std::memcpy(result.data(), root.data.data(), result.size());
    }
    must("destroy stream", device_table().stream_destroy(stream.handle));
    return results;
  }

 private:
  void* place(const Field& field, size_t index) {
    Array& array = root_of(given_, index);
    if (array.bytes() == 0) return field.on_host ? array.data.data() : nullptr;
    if (field.on_host) return array.data.data();
    if (!array.device) {
      must("allocate", device_table().allocate(&array.device, array.bytes(), nullptr));
      must("upload", device_table().upload(array.device, array.data.data(), array.bytes(), nullptr));
    }
    return array.device;
  }

  void fill(const Field& field, const Value& value) {
    if (!value.present) return;
    switch (field.kind) {
      case Kind::dim:
      case Kind::integer: return store(storage_, field, static_cast<int64_t>(value.number));
      case Kind::real: return store(storage_, field, value.number);
      case Kind::flag: return store(storage_, field, value.number != 0);
      case Kind::choice: return store(storage_, field, Choice{static_cast<int32_t>(value.number)});
      case Kind::array: {
        const Array& array = given_.arrays[value.arrays[0]];
        void* const data = place(field, value.arrays[0]);
        if (field.dtype == DType::floats) store(storage_, field, FloatsOut{data, array.length, array.dtype});
        else store(storage_, field, View<char>{static_cast<char*>(data), array.length});
        return;
      }
      case Kind::arrays: {
        List& list = lists_[field.offset];
        for (const size_t i : value.arrays) {
          void* const data = place(field, i);
          list.views.push_back({static_cast<char*>(data), given_.arrays[i].length});
          list.floats.push_back({data, given_.arrays[i].length, given_.arrays[i].dtype});
        }
        const auto count = static_cast<int64_t>(value.arrays.size());
        if (field.dtype == DType::floats) store(storage_, field, FloatViews{list.floats.data(), count});
        else store(storage_, field, Views<char>{list.views.data(), count});
      }
    }
  }

  const OpInfo& op_;
  Case& given_;
  struct List {
    std::vector<View<char>> views;
    std::vector<FloatsIn> floats;
  };
  std::map<uint32_t, List> lists_;  // by offset of the field
  alignas(16) std::byte storage_[kMaxArgumentBytes];
};

template <class T>
T element(const std::vector<uint8_t>& data, size_t i) {
  T value;
  std::memcpy(&value, data.data() + i * sizeof(T), sizeof value);
  return value;
}

double number(const Array& array, const std::vector<uint8_t>& data, size_t i) {
  switch (array.dtype) {
    case DType::f32: return element<float>(data, i);
    case DType::f64: return element<double>(data, i);
    case DType::i32: return element<int32_t>(data, i);
    case DType::u8: return element<uint8_t>(data, i);
    default: break;
  }
  const uint16_t bits = element<uint16_t>(data, i);
  if (array.decode == DType::bf16) return math::to_float(Bf16{bits});
  if (array.decode == DType::f16) return math::to_float(F16{bits});
  return bits;
}

std::string judge(const Case& given, const Results& results) {
  size_t next = 0;
  for (const Array& array : given.arrays) {
    if (!array.judged) continue;
    const std::vector<uint8_t>& result = results[next++];
    for (size_t i = 0; i < static_cast<size_t>(array.length); ++i) {
      const double got = number(array, result, i), want = array.want[i];
      if (got == want || (std::isnan(got) && std::isnan(want))) continue;
      if (std::fabs(got - want) <= array.bound[i]) continue;
      char text[160];
      std::snprintf(text, sizeof text, "output %zu [%zu]: got %.9g, expected %.9g", next, i, got, want);
      return text;
    }
  }
  return "";
}

uint64_t elements(const Case& given) {
  uint64_t count = 0;
  for (const Array& array : given.arrays) count += static_cast<uint64_t>(array.length);
  return count;
}

std::string run_case(const Options& options, const OpInfo& op, CudaEntry entry, Case& given) {
  Results first;
  for (const std::string& schedule : options.schedules) {
    if (!simt::configure(schedule.c_str())) throw std::runtime_error("unknown setting in " + schedule);
    Results results;
    try {
      results = Call(op, given).run(entry);
    } catch (const std::exception& failure) {
      return schedule + ": " + failure.what();
    }
    const std::string problem = judge(given, results);
    if (!problem.empty()) return schedule + ": " + problem;
    if (first.empty()) first = results;
    else if (first != results) return schedule + ": other bits than with " + options.schedules[0];
  }
  return "";
}

struct Counts {
  uint64_t run = 0, failed = 0, left_out = 0;
};

void run_file(const Options& options, const std::string& path, Counts& counts) {
  Reader in(path);
  const std::string name = in.text();
  const uint32_t fields = in.take<uint32_t>(), cases = in.take<uint32_t>();
  size_t index = 0;
  while (index < op_list().size() && op_list()[index].name != name) ++index;
  if (index == op_list().size() || op_list()[index].fields.size() != fields) {
    throw std::runtime_error(path + ": made for other ops; dump the cases again");
  }
  const OpInfo& op = op_list()[index];
  for (uint32_t i = 0; i < cases; ++i) {
    Case given = read_case(in, op);
    if (given.name.find(options.only) == std::string::npos) continue;
    if (elements(given) > options.most) {
      ++counts.left_out;
      continue;
    }
    ++counts.run;
    const std::string problem = run_case(options, op, cuda_build()[index], given);
    if (problem.empty()) continue;
    ++counts.failed;
    std::printf("FAILED %s, %s: %s\n", name.c_str(), given.name.c_str(), problem.c_str());
    std::fflush(stdout);
    if (options.stop) return;
  }
}

Options parse(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const auto next = [&] { return ++i < count ? std::string(words[i]) : throw std::runtime_error(word + ": value?"); };
    if (word == "--schedule") options.schedules.push_back(next());
    else if (word == "--case") options.only = next();
    else if (word == "--most") options.most = std::strtoull(next().c_str(), nullptr, 10);
    else if (word == "--stop") options.stop = true;
    else options.files.push_back(word);
  }
  if (options.schedules.empty()) options.schedules.emplace_back("order=forward");
  return options;
}

}  // namespace
}  // namespace anacrusis

int main(int count, char** words) {
  using namespace anacrusis;
  try {
    const Options options = parse(count, words);
    Counts counts;
    for (const std::string& file : options.files) {
      run_file(options, file, counts);
      if (options.stop && counts.failed > 0) break;
    }
    std::printf("%" PRIu64 " cases, %" PRIu64 " failed, %" PRIu64 " left out as too large, %" PRIu64 " launches\n",
                counts.run, counts.failed, counts.left_out, simt::launches());
    return counts.failed > 0 ? 1 : 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "run_cases: %s\n", error.what());
    return 2;
  }
}
