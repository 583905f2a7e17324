#include "cublaslt.h"

#include <dlfcn.h>

#include <cstdlib>
#include <vector>

namespace anacrusis {
namespace {

std::vector<std::string> candidates() {
  if (const char* explicit_path = std::getenv("ANACRUSIS_CUBLASLT")) return {explicit_path};
  std::vector<std::string> paths;
  const std::vector<std::string> names = {"libcublasLt.so.13", "libcublasLt.so.12"};
  paths.insert(paths.end(), names.begin(), names.end());
  std::vector<std::string> roots = {"/usr/local/cuda"};
  if (const char* home = std::getenv("CUDA_HOME")) roots.insert(roots.begin(), home);
  for (const std::string& root : roots) {
    for (const std::string& name : names) {
      std::string path = root;
      paths.push_back(path.append("/lib64/").append(name));
    }
  }
  return paths;
}

}  // namespace

LibrarySearch find_cublaslt() {
  LibrarySearch search;
  for (const std::string& path : candidates()) {
    if (void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
      dlclose(library);
      search.path = path;
      search.reason.clear();
      return search;
    }
    if (!search.reason.empty()) search.reason += "; ";
    const char* error = dlerror();
    search.reason += error ? error : path;
  }
  return search;
}

}  // namespace anacrusis
