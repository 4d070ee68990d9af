"""docs/mlflow.md shows the differences that the comparison lets pass. To rewrite it: document.py."""
import document


def test_the_document_has_the_meant_differences():
    text = document.DOCUMENT.read_text()
    assert document.replaced(text, "differences", document.differences()) == text
