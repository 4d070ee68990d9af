"""What the documents show, so that tests can hold it against the program."""
import re

from .server import ROOT


def text_of(name):
    return (ROOT / name).read_text()


def code_block(name, language, number=0):
    """The code of a fenced block of this language, the first one unless said otherwise."""
    return re.findall(rf"^```{language}\n(.*?)^```", text_of(name), re.M | re.S)[number]


def write_iris_project(folder):
    """The project of docs/own-data.md, made as the document says."""
    folder.mkdir()
    species = ["setosa", "versicolor", "virginica"]
    head, *rows = (ROOT / "src/train/testdata/iris.csv").read_text().splitlines()
    lines = [head.replace("label", "species"), *(row[:-1] + species[int(row[-1])] for row in rows)]
    (folder / "iris.csv").write_text("\n".join(lines) + "\n")
    (folder / "gyre.yaml").write_text(code_block("docs/own-data.md", "yaml"))
    return folder
