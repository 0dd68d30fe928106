"""Makes `facilities.csv` from the public assessments: `python -m deploy.sxsh.demo.extract <source.csv>`.

Takes the plants that tell their electricity, product and output, the same ones every time, and converts what
they tell to the units of the programme. Nothing is invented here; see README.md beside it.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from pathlib import Path

TARGET = Path(__file__).parent / "facilities.csv"
ROWS = 480
#: So many plants of each kind that few belong to, a fuel or the farms, come first: every factor is then met.
RARE = 6

#: GJ of one MMBtu (million Btu, international table), and of one TOE.
GJ_PER_MMBTU = Decimal("1.05505585262")
GJ_PER_TOE = Decimal("41.868")
#: Heating values in TOE: letter 3505/BCT-KHCN of 19 April 2011. Coal as coal dust no. 3–4.
TOE = {
    "gas_m3": Decimal("0.00090"),
    "lpg_t": Decimal("1.09"),
    "diesel_t": Decimal("1.02"),
    "fuel_oil_t": Decimal("0.99"),
    "coal_t": Decimal("0.60"),
}
#: Column of the source (MMBtu) of each fuel.
FUELS = {"gas_m3": "e2", "lpg_t": "e3", "diesel_t": "e5", "fuel_oil_t": "e7", "coal_t": "e8"}
RARE_FUELS = ("lpg_t", "diesel_t", "fuel_oil_t", "coal_t")
FARMS = "01"
M3_PER_THOUSAND_GALLONS = Decimal("3.785411784")
VND_PER_USD = Decimal(22000)

#: Unit code of the source -> (unit, what one is of it).
UNITS = {
    "1": ("cái", Decimal(1)),
    "2": ("t", Decimal("0.00045359237")),
    "3": ("t", Decimal("0.90718474")),
    "4": ("m3", Decimal("0.158987294928")),
    "5": ("m3", M3_PER_THOUSAND_GALLONS),
    "6": ("m2", Decimal("92.90304")),
    "7": ("m3", Decimal("0.03523907016688")),
}

INDUSTRIES = Path(__file__).parent / "naics_vsic.csv"

COLUMNS = (
    "source_id", "year", "vsic", "product", "unit", "output", "employees", "electricity_kwh",
    "gas_m3", "lpg_t", "diesel_t", "fuel_oil_t", "coal_t", "water_m3", "electricity_vnd",
    "gas_vnd", "lpg_vnd", "diesel_vnd", "fuel_oil_vnd", "coal_vnd", "water_vnd",
)  # fmt: skip


@cache
def vsic_divisions() -> dict[str, str]:
    """First three digits of NAICS -> division of VSIC 2018."""
    with INDUSTRIES.open(encoding="utf-8", newline="") as lines:
        return {line["naics"]: line["vsic"] for line in csv.DictReader(lines)}


def converted(row: Mapping[str, str]) -> dict[str, str] | None:
    """One line of `facilities.csv`; None when the plant tells too little. Blank stays blank."""
    vsic, unit = vsic_divisions().get(row["naics"][:3]), UNITS.get(row["produnits"])
    electricity, output = _number(row["ec_plant_usage"]), _number(row["prodlevel"])
    if not (vsic and unit and electricity and output and row["products"].strip()):
        return None
    made = output * unit[1]
    if made < Decimal("0.001") or made > Decimal("1e12"):
        return None
    line = {
        "source_id": row["id"],
        "year": row["fy"],
        "vsic": vsic,
        "product": _unmangled(row["products"]).strip()[:80],
        "unit": unit[0],
        "output": _text(made),
        "employees": row["employees"].strip(),
        "electricity_kwh": _text(electricity),
        "electricity_vnd": _vnd(row["ec_plant_cost"]),
        "water_m3": _text(_number(row["w0_plant_usage"]) * M3_PER_THOUSAND_GALLONS),
        "water_vnd": _vnd(row["w0_plant_cost"]),
    }
    for column, fuel in FUELS.items():
        toe = _number(row[f"{fuel}_plant_usage"]) * GJ_PER_MMBTU / GJ_PER_TOE
        line[column] = _text(toe / TOE[column])
        name = column.rpartition("_")[0]
        line[f"{name}_vnd"] = _vnd(row[f"{fuel}_plant_cost"])
    return line


def chosen(rows: Iterator[dict[str, str]], count: int) -> list[dict[str, str]]:
    """Some of each rare kind, then the others, by the hash of their id: whatever the order of the source."""
    lines = [line for row in rows if (line := converted(row))]
    lines.sort(key=lambda line: hashlib.sha256(line["source_id"].encode()).digest())
    rare = {
        line["source_id"]
        for kind in (*RARE_FUELS, FARMS)
        for line in [line for line in lines if kind in (line["vsic"], *filter(line.get, RARE_FUELS))][:RARE]
    }
    lines.sort(key=lambda line: line["source_id"] not in rare)
    return lines[:count]


def _unmangled(text: str) -> str:
    """Where the source read UTF-8 as Windows-1252, what was meant."""
    try:
        return text.encode("cp1252").decode()
    except UnicodeError:
        return text


def _number(text: str) -> Decimal:
    return max(Decimal(text.strip() or 0), Decimal(0))


def _text(value: Decimal) -> str:
    rounded = value.quantize(Decimal("0.001"), ROUND_HALF_EVEN)
    return "" if not rounded else f"{rounded.normalize():f}"


def _vnd(usd: str) -> str:
    value = (_number(usd) * VND_PER_USD).quantize(Decimal(1), ROUND_HALF_EVEN)
    return "" if not value else f"{value:f}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Make facilities.csv from the public plant assessments.")
    parser.add_argument("source", type=Path, help="the CSV file of the assessments")
    path: Path = parser.parse_args().source
    if not path.is_file():
        parser.error(f"{path} is not a file. Give the path of the CSV file of the assessments.")
    with path.open(encoding="utf-8", newline="") as source:
        lines = chosen(csv.DictReader(source), ROWS)
    with TARGET.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


if __name__ == "__main__":
    main()
