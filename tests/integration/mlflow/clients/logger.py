"""A process that logs: logger.py URI RUN KEY COUNT [SIZE]. A point a step, value = step, in batches of SIZE, from several
threads if SIZE is 1; prints the last step that was acknowledged after each call."""
import sys
from concurrent.futures import ThreadPoolExecutor

from mlflow import MlflowClient
from mlflow.entities import Metric

THREADS = 4


def main():
    uri, run, key, count, size = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
    client = MlflowClient(uri)

    def log(first):
        client.log_batch(run, metrics=[Metric(key, step, step + 1, step) for step in range(first, min(first + size, count))])
        print(first, flush=True)

    with ThreadPoolExecutor(THREADS if size == 1 else 1) as pool:
        list(pool.map(log, range(0, count, size)))


if __name__ == "__main__":
    main()
