"""Imports what each named package brings, and prints the packages with their versions as JSON."""

import importlib
import json
import sys
from importlib import metadata

if __name__ == "__main__":
    brought: dict[str, list[str]] = {}
    for module, packages in metadata.packages_distributions().items():
        for package in packages:
            brought.setdefault(package.lower().replace("_", "-"), []).append(module)
    for name in sys.argv[1:]:
        for module in brought[name]:
            importlib.import_module(module)
    print(json.dumps({name: metadata.version(name) for name in sys.argv[1:]}))
