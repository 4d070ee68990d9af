"""Takes out of answers what is another with every run: ids, times, page tokens, generated names, addresses."""
import hashlib
import re
import time

HOUR_MS = 3_600_000
HEX = re.compile(r"\b(m-|tr-)?([0-9a-f]{32})\b")
UUID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
NUMBERED = re.compile(r"(?<=mlflow-artifacts:/)(\d+)\b|(?<=id=)(\d+)\b|(?<=id )(\d+)\b|(?<=ID=)(\d+)\b|(?<=ID )(\d+)\b|"
                      r"(?<=ID ')(\d+)\b|(?<=[Ee]xperiment )(\d+)\b|(?<=[Ee]xperiment ')(\d+)\b")
EXPERIMENT_KEYS = ("experiment_id", "experiment_ids")
OF_SQL = re.compile(r"\(sqlite3\..*", re.S)  # MLflow's messages may go on with the statement, its parameters and random names
OF_SET = re.compile(r"(?<=\{)'[^{}]*'(?=\})")  # and list sets in the order of the day
LONG = 400
GENERATED = re.compile(r"[a-z]+-[a-z]+-\d+")
UNORDERED = ("dataset_summaries",)  # of which MLflow says nothing
TOKEN_KEYS = ("next_page_token",)


class Normaliser:
    """Of one scene: a saved id is the same symbol in all its answers."""

    def __init__(self, url):
        self.url, self.symbols, self.experiments, self.unnamed = url, {}, {}, {}

    def know(self, name, value):
        """A saved value is called by its name."""
        if isinstance(value, str) and value.isdigit():
            self.experiments.setdefault(value, f"<{name}>")
        elif isinstance(value, str) and (HEX.fullmatch(value) or UUID.fullmatch(value)):
            self.symbols.setdefault(HEX.fullmatch(value)[2] if HEX.fullmatch(value) else value, f"<{name}>")

    def answer(self, value):
        """The whole of one; ids that were not saved are numbered in it."""
        self.unnamed = {}
        return self.of(value)

    def of(self, value, key=""):
        if isinstance(value, dict):
            return {name: self.of(one, name) for name, one in value.items()}
        if isinstance(value, list):
            items = [self.of(one, key) for one in value]
            return sorted(items, key=lambda one: sorted(one.items())) if key in UNORDERED else in_order(items)
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, (int, float)) and is_now(value):
            return "<now>"
        return self.text(value, key) if isinstance(value, str) else value

    def text(self, value, key):
        if key in TOKEN_KEYS:
            return "<token>"
        if key in EXPERIMENT_KEYS and value in self.experiments:
            return self.experiments[value]
        if value.isdigit() and is_now(int(value)):
            return "<now>"
        value = value.replace(self.url, "<url>")
        value = UUID.sub(lambda found: self.symbol(found[0]), value)
        value = HEX.sub(lambda found: (found[1] or "") + self.symbol(found[2]), value)
        value = NUMBERED.sub(lambda found: self.experiments.get(found[0], found[0]), value)
        if key == "message":
            value = OF_SQL.sub("<SQL>", value)
            value = OF_SET.sub(lambda found: ", ".join(sorted(found[0].split(", "))), value)
        if len(value) > LONG:
            digest = hashlib.sha256(value.encode(errors="replace")).hexdigest()[:12]
            return f"{value[:LONG // 4]}... {len(value)} characters, {digest}"
        return "<generated>" if GENERATED.fullmatch(value) else value

    def symbol(self, found):
        return self.symbols.get(found) or self.unnamed.setdefault(found, f"<id {len(self.unnamed) + 1}>")


def is_now(value):
    return abs(value - time.time() * 1000) < HOUR_MS


def in_order(items):
    """Sets that are written as lists, [{key, value}] with every key once, in the order of their keys."""
    for name in ("key", "alias"):
        keys = [one.get(name) if isinstance(one, dict) else None for one in items]
        if None not in keys and len(set(keys)) == len(keys):
            return sorted(items, key=lambda one: one[name])
    return items
