// Maps a segment of shared memory for superos.ts: map(descriptor, write) gives a Buffer over all of the file, which is
// unmapped when the Buffer is collected. It opens nothing and knows no names. What the kernel refuses is thrown, with the
// errno's name as `code`. A Buffer over memory that was mapped to be read has no protection but the page's: who writes to
// it ends with SIGSEGV.
#include <errno.h>
#include <node_api.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static napi_value refuse(napi_env env, const char *call, int number) {
  char text[160];
  snprintf(text, sizeof text, "%s: %s, %s", strerrorname_np(number), strerrordesc_np(number), call);
  napi_throw_error(env, strerrorname_np(number), text);
  return NULL;
}

// The size is what was mapped, whatever has become of the file.
static void unmap(napi_env env, void *memory, void *size) {
  (void)env;
  munmap(memory, (size_t)size);
}

static napi_value map(napi_env env, napi_callback_info info) {
  napi_value given[2];
  size_t count = 2;
  int32_t file;
  bool write;
  if (napi_get_cb_info(env, info, &count, given, NULL, NULL) != napi_ok || count < 2 ||
      napi_get_value_int32(env, given[0], &file) != napi_ok || napi_get_value_bool(env, given[1], &write) != napi_ok) {
    napi_throw_type_error(env, NULL, "map takes a descriptor and whether to write");
    return NULL;
  }
  struct stat about;
  if (fstat(file, &about) != 0) return refuse(env, "fstat", errno);
  if (!S_ISREG(about.st_mode) || about.st_size <= 0) return refuse(env, "fstat", EINVAL);
  size_t size = (size_t)about.st_size;
  void *memory = mmap(NULL, size, write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) return refuse(env, "mmap", errno);
  napi_value buffer;
  // Where it refuses the size it has called `unmap` already.
  if (napi_create_external_buffer(env, size, memory, unmap, (void *)size, &buffer) != napi_ok) {
    napi_throw_error(env, NULL, "no Buffer can be made for the segment");
    return NULL;
  }
  return buffer;
}

NAPI_MODULE_INIT() {
  napi_value function;
  if (napi_create_function(env, "map", NAPI_AUTO_LENGTH, map, NULL, &function) != napi_ok ||
      napi_set_named_property(env, exports, "map", function) != napi_ok)
    napi_throw_error(env, NULL, "the addon cannot be loaded");
  return exports;
}
