# The table of arrows (docs/architecture.md). A module may include what it lists under USES and what lies below that;
# anything else is "no such file". tests/structure holds this file against the includes.

# foundation
gyre_module(base base LIBS gyre::crypto gyre::yaml gyre::log)
