"""Write the ABI of every deployed contract and of every interface to reports/abi: `make abi`.

The files are committed; a test fails when they are not what the sources compile to, so that an interface never changes
unnoticed.
"""

import json
import pathlib

import standard_json

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "reports" / "abi"
LEFT_OUT = "contracts/test/"


def compiled_abis() -> dict[str, str]:
    """Return the file's text by the name of each contract and interface of the project that has an ABI."""
    sources = standard_json.read_sources()
    output = standard_json.compile_sources(sources, ["abi"])
    return {
        name: json.dumps(contract["abi"], indent=2) + "\n"
        for path, contracts in output["contracts"].items()
        if path in sources and not path.startswith(LEFT_OUT)
        for name, contract in contracts.items()
        if contract["abi"]
    }


def committed_abis() -> dict[str, str]:
    """Return the committed files by the name of their contract."""
    return {path.stem: path.read_text() for path in FOLDER.glob("*.json")}


def main() -> None:
    """Bring reports/abi up to date and say what changed."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    committed, compiled = committed_abis(), compiled_abis()
    for name in sorted(committed.keys() - compiled.keys()):
        (FOLDER / f"{name}.json").unlink()
        print(f"reports/abi/{name}.json deleted")
    for name, text in sorted(compiled.items()):
        if committed.get(name) != text:
            (FOLDER / f"{name}.json").write_text(text)
            print(f"reports/abi/{name}.json written")


if __name__ == "__main__":
    main()
