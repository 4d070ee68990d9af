"""Python files loaded by their path: some have names that packages have too."""
import importlib.util
import pathlib


def load_file(path):
    spec = importlib.util.spec_from_file_location(pathlib.Path(path).stem + "_of_this_project", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
