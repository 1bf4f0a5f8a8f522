#ifndef WICK_CAVRO_SHIM_H
#define WICK_CAVRO_SHIM_H
#include <avro.h>

// libavro's value interface is a set of macros over function tables, which Swift cannot call.
static inline avro_type_t wick_avro_type(avro_value_t *value) { return avro_value_get_type(value); }
static inline avro_schema_t wick_avro_schema(avro_value_t *value) { return avro_value_get_schema(value); }
static inline int wick_avro_reset(avro_value_t *value) { return avro_value_reset(value); }
static inline void wick_avro_release(avro_value_iface_t *iface) { avro_value_iface_decref(iface); }

static inline int wick_avro_get_boolean(avro_value_t *value, int *out) { return avro_value_get_boolean(value, out); }
static inline int wick_avro_get_int(avro_value_t *value, int32_t *out) { return avro_value_get_int(value, out); }
static inline int wick_avro_get_long(avro_value_t *value, int64_t *out) { return avro_value_get_long(value, out); }
static inline int wick_avro_get_float(avro_value_t *value, float *out) { return avro_value_get_float(value, out); }
static inline int wick_avro_get_double(avro_value_t *value, double *out) { return avro_value_get_double(value, out); }
static inline int wick_avro_get_bytes(avro_value_t *value, const void **out, size_t *size) {
  return avro_value_get_bytes(value, out, size);
}
// The size counts libavro's terminating zero.
static inline int wick_avro_get_string(avro_value_t *value, const char **out, size_t *size) {
  return avro_value_get_string(value, out, size);
}
static inline int wick_avro_get_fixed(avro_value_t *value, const void **out, size_t *size) {
  return avro_value_get_fixed(value, out, size);
}
static inline int wick_avro_get_enum(avro_value_t *value, int *out) { return avro_value_get_enum(value, out); }
static inline int wick_avro_get_discriminant(avro_value_t *value, int *out) {
  return avro_value_get_discriminant(value, out);
}
static inline int wick_avro_get_size(avro_value_t *value, size_t *out) { return avro_value_get_size(value, out); }
static inline int wick_avro_get_child(avro_value_t *value, size_t index, avro_value_t *child, const char **name) {
  return avro_value_get_by_index(value, index, child, name);
}
static inline int wick_avro_get_branch(avro_value_t *value, avro_value_t *branch) {
  return avro_value_get_current_branch(value, branch);
}

static inline int wick_avro_set_boolean(avro_value_t *value, int v) { return avro_value_set_boolean(value, v); }
static inline int wick_avro_set_int(avro_value_t *value, int32_t v) { return avro_value_set_int(value, v); }
static inline int wick_avro_set_long(avro_value_t *value, int64_t v) { return avro_value_set_long(value, v); }
static inline int wick_avro_set_float(avro_value_t *value, float v) { return avro_value_set_float(value, v); }
static inline int wick_avro_set_double(avro_value_t *value, double v) { return avro_value_set_double(value, v); }
static inline int wick_avro_set_null(avro_value_t *value) { return avro_value_set_null(value); }
static inline int wick_avro_set_bytes(avro_value_t *value, void *v, size_t size) {
  return avro_value_set_bytes(value, v, size);
}
// The size counts a terminating zero.
static inline int wick_avro_set_string(avro_value_t *value, char *v, size_t size) {
  return avro_value_set_string_len(value, v, size);
}
static inline int wick_avro_set_fixed(avro_value_t *value, void *v, size_t size) {
  return avro_value_set_fixed(value, v, size);
}
static inline int wick_avro_set_enum(avro_value_t *value, int v) { return avro_value_set_enum(value, v); }
static inline int wick_avro_append(avro_value_t *value, avro_value_t *child) {
  return avro_value_append(value, child, NULL);
}
static inline int wick_avro_add(avro_value_t *value, const char *key, avro_value_t *child) {
  return avro_value_add(value, key, child, NULL, NULL);
}
static inline int wick_avro_set_branch(avro_value_t *value, int discriminant, avro_value_t *branch) {
  return avro_value_set_branch(value, discriminant, branch);
}
#endif
