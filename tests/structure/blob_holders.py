#!/usr/bin/env python3
"""Every column that may name a blob is answered for.

A collection (docs/decisions/0010-mark-and-sweep.md) removes what no module's NameBlobs names. Whoever adds a column of
digests says here whether they are of blobs, and if so, by which NameBlobs they are named.
"""
import re
import sys
from pathlib import Path

# Where the digests of blobs are, and which file names them.
NAMED_BY = {
    "artifact_files.digest": "src/artifacts/artifact_store.cc",
    "dataset_versions.file_sha256": "src/data/holdings.cc",
    "dataset_versions.source_sha256": "src/data/holdings.cc",
    "model_version_files.digest": "src/registry/holdings.cc",
    "project_snapshots.files": "src/pipeline/holdings.cc",
    "pipeline_steps.outputs": "src/pipeline/holdings.cc",
    "step_cache.outputs": "src/pipeline/holdings.cc",
}
# Digests of something else: of a bundle as a whole, of a dataset as MLflow's client computed it.
NO_BLOBS = {"model_versions.bundle_digest", "logged_datasets.digest", "logged_model_metrics.dataset_digest"}
SUSPECT = re.compile(r"digest|sha256|blob|\bfiles$|\boutputs$")


def columns(sql):
    for table, body in re.findall(r"CREATE TABLE (\w+)\((.*?)\)(?: WITHOUT ROWID)?;", sql, re.S):
        for name in re.findall(r"(?:^|,)\s*([a-z_0-9]+) (?:TEXT|BIGINT|BLOB|DOUBLE)", body):
            yield f"{table}.{name}"
    for table, name in re.findall(r"ALTER TABLE (\w+) ADD COLUMN ([a-z_0-9]+)", sql):
        yield f"{table}.{name}"


def main(source):
    problems = []
    found = set()
    for path in sorted(source.glob("src/**/internal/*schema.h")):
        for column in columns(path.read_text()):
            found.add(column)
            if SUSPECT.search(column.split(".")[1]) and column not in NAMED_BY and column not in NO_BLOBS:
                problems.append(f"{path.relative_to(source)}: does {column} name blobs? Say so in {Path(__file__).name}")
    for column, file in NAMED_BY.items():
        name = column.split(".")[1]
        if column not in found:
            problems.append(f"{Path(__file__).name}: there is no column {column}")
        elif not (source / file).exists() or not re.search(rf"\b{name}\b", (source / file).read_text() +
                                                           "".join(p.read_text() for p in (source / file).parent.glob("internal/file_rows.cc"))):
            problems.append(f"{file} does not read {column}")
    sweep = (source / "src/govern/internal/sweep.cc").read_text()
    for module in sorted({file.split("/")[1] for file in NAMED_BY.values()}):
        if f"{module}::" not in sweep:
            problems.append(f"src/govern/internal/sweep.cc does not ask {module}")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
