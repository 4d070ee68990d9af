"""Tests of clients/ need the stock client (requirements.txt, client.txt): make peers runs them, make test leaves them out."""
import importlib.metadata


def has_client():
    try:
        return bool(importlib.metadata.version("mlflow"))
    except importlib.metadata.PackageNotFoundError:
        return False


collect_ignore_glob = [] if has_client() else ["clients/*"]
