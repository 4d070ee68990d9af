#pragma once

#include <duckdb.h>

#include "base/result.h"
#include "base/shared_library.h"

namespace gyre::engine::internal {

// The functions of DuckDB's C API that are used, bound at run time.
#define GYRE_DUCKDB_FUNCTIONS(X)                                                                                       \
  X(open_ext)                                                                                                          \
  X(close)                                                                                                             \
  X(connect)                                                                                                           \
  X(disconnect)                                                                                                        \
  X(interrupt)                                                                                                         \
  X(free)                                                                                                              \
  X(create_config)                                                                                                     \
  X(set_config) X(destroy_config) X(prepare) X(destroy_prepare) X(prepare_error) X(nparams) X(bind_null)               \
      X(bind_boolean) X(bind_int64) X(bind_double) X(bind_varchar_length) X(bind_timestamp)                            \
          X(pending_prepared_streaming) X(pending_execute_task) X(pending_error) X(execute_pending) X(destroy_pending) \
              X(result_error) X(destroy_result) X(column_count) X(column_name) X(column_logical_type) X(fetch_chunk)   \
                  X(get_type_id) X(decimal_scale) X(decimal_internal_type) X(enum_internal_type)                       \
                      X(enum_dictionary_size) X(enum_dictionary_value) X(create_logical_type) X(destroy_logical_type)  \
                          X(create_data_chunk) X(destroy_data_chunk) X(data_chunk_reset) X(data_chunk_get_size)        \
                              X(data_chunk_set_size) X(data_chunk_get_vector) X(vector_size) X(vector_get_data)        \
                                  X(vector_get_validity) X(vector_ensure_validity_writable)                            \
                                      X(vector_assign_string_element_len) X(appender_create) X(appender_error)         \
                                          X(appender_close) X(appender_destroy) X(appender_column_count)               \
                                              X(append_data_chunk)

/// Addresses of DuckDB's functions without their prefix. Immutable once loaded; copies share the library.
struct DuckDbApi {
#define GYRE_DECLARE(function) decltype(::duckdb_##function)* function = nullptr;
  GYRE_DUCKDB_FUNCTIONS(GYRE_DECLARE)
#undef GYRE_DECLARE

  static base::Result<DuckDbApi> Load();
};

}  // namespace gyre::engine::internal
