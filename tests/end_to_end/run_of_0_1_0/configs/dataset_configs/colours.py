"""Two colours."""

root = "clips"


def classes():
    return ["red", "blue"]


def splits():
    return {name: f"{name}.csv" for name in ("train", "val", "test")}
