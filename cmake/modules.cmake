# The table of arrows (docs/architecture.md). A module may include what it lists under USES and what lies below that;
# anything else is "no such file". tests/structure holds this file against the includes.

# foundation
gyre_module(base base LIBS gyre::crypto gyre::yaml gyre::log)
gyre_module(store store USES base LIBS gyre::sqlite)
gyre_module(blob blob USES base)
gyre_module(search search USES store)
gyre_module(engine engine USES base LIBS gyre::duckdb)
gyre_module(http http USES base)
gyre_module(proc proc USES base)
gyre_module(onnx onnx USES base LIBS gyre::onnxruntime gyre::onnx_proto)
gyre_module(stats stats USES base)
gyre_module(model model USES onnx stats)

# domain
gyre_module(tracking tracking USES search blob)
gyre_module(artifacts artifacts USES store blob)
gyre_module(tracing tracing USES search LIBS gyre::simdjson)
gyre_module(data data USES store blob engine stats)
gyre_module(registry registry USES model blob search)
gyre_module(webhooks webhooks USES store http)
gyre_module(train train USES model stats LIBS gyre::svm)
gyre_module(package package USES model stats)
gyre_module(serve serve USES registry model proc)
gyre_module(monitor monitor USES serve registry model engine blob stats)
gyre_module(targets targets USES serve registry proc)
gyre_module(release release USES targets serve monitor registry stats)
gyre_module(pipeline pipeline USES store blob proc)

# on top
gyre_module(steps steps USES pipeline data train package registry tracking release)
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/steps/version.cc PROPERTIES COMPILE_DEFINITIONS GYRE_VERSION="${PROJECT_VERSION}")
gyre_module(adopt adopt USES artifacts tracking data package registry)
gyre_module(loop loop USES pipeline monitor release registry)
gyre_module(govern govern USES tracking artifacts data registry pipeline)
gyre_module(transfer transfer USES tracking registry artifacts http)

# adapters
gyre_module(api_v1 api/v1 USES loop govern steps webhooks transfer)
gyre_embed(gyre_api_v1 api_schemas ${CMAKE_SOURCE_DIR}/src/api/v1 schemas.json)
gyre_module(api_mlflow api/mlflow USES tracking tracing artifacts registry webhooks http LIBS gyre::simdjson gyre::zlib)
gyre_module(ui ui USES http)
gyre_embed(gyre_ui ui_files ${CMAKE_SOURCE_DIR}/ui index.html style.css app.js charts.js dom.js gyre.svg)

# entry
gyre_module(server server USES adopt api_v1 api_mlflow ui)
gyre_module(examples examples USES base)
gyre_embed(gyre_examples weather_example ${CMAKE_SOURCE_DIR}/examples/weather
  gyre.yaml features.sql weather.csv weather.csv.sha256 NOTICE)
gyre_module(cli cli USES server examples)

add_executable(gyre ${CMAKE_SOURCE_DIR}/src/main.cc)
target_link_libraries(gyre PRIVATE gyre_cli)
gyre_precompile(gyre)
