"""Facilities by the thousand: the rows that an import takes, and how each becomes a registration."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.eventkit.bulk import Column, ImportKind, Row, Same, Sheet, Trouble, imports_blueprint
from services.eventkit.bulk.cells import Cell, Wrong, choice, day, number, shown, whole
from services.eventkit.bulk.kinds import Planned
from services.eventkit.commands import CommandBus, Work
from services.eventkit.identity import Principal, Role
from services.registry.api.access import container
from services.registry.api.facilities import typed
from services.registry.api.schemas import RegisterSchema
from services.registry.domain.facility import FACILITY, Details, Facility, Register
from services.registry.domain.unit import UNIT, Unit

_PRODUCT = re.compile(r"(.+)\((.+)\)")
_KINDS = {"enterprise": ("doanh nghiệp",), "household": ("hộ", "hộ gia đình", "cơ sở hộ gia đình")}

blueprint = imports_blueprint(lambda: container().imports, Role.REGISTRAR)


def products(cell: Cell) -> list[dict[str, str]]:
    """``Gạch nung (1000 viên); Ngói (viên)``: each with its unit in brackets."""
    found = []
    for part in filter(None, map(str.strip, shown(cell).split(";"))):
        match = _PRODUCT.fullmatch(part)
        if match is None:
            raise Wrong("product")
        found.append({"name": match[1].strip(), "unit": match[2].strip()})
    return found


FACILITIES = Sheet(
    "facilities",
    "Cơ sở",
    "Facilities",
    (
        Column("code", "/code", "Mã cơ sở", "Code", required=True, example="NB-001"),
        Column("name", "/name", "Tên cơ sở", "Name", required=True, example="Gạch Đông Sơn"),
        Column(
            "kind", "/kind", "Loại hình", "Kind", choice(_KINDS), required=True, example="doanh nghiệp",
            help_vi="doanh nghiệp hoặc hộ", help_en="enterprise or household",
        ),
        Column(
            "vsic", "/industry/version", "Phiên bản VSIC", "VSIC version", whole, required=True,
            example="2018", help_vi="2007, 2018 hoặc 2025", help_en="2007, 2018 or 2025",
        ),
        Column(
            "industry", "/industry/code", "Mã ngành", "Industry code", required=True, example="23921",
            help_vi="2 đến 5 chữ số", help_en="2 to 5 digits",
        ),
        Column("tax_code", "/tax_code", "Mã số thuế", "Tax code", example="2700123456"),
        Column("employees", "/employees", "Số lao động", "Employees", whole, example="120"),
        Column(
            "products", "/products", "Sản phẩm", "Products", products, example="Gạch nung (1000 viên)",
            help_vi="mỗi sản phẩm kèm đơn vị trong ngoặc, cách nhau bằng dấu chấm phẩy",
            help_en="each with its unit in brackets, parted by semicolons",
        ),
        Column("latitude", "/latitude", "Vĩ độ", "Latitude", number, example="20,25"),
        Column("longitude", "/longitude", "Kinh độ", "Longitude", number, example="105,97"),
        Column(
            "unit", "/unit_id", "Đơn vị hành chính", "Unit", required=True, example="nho-quan",
            help_vi="mã đơn vị trong sổ, không phải mã thống kê", help_en="its id in the registry",
        ),
        Column("since", "/occurred_on", "Từ ngày", "Since", day, required=True, example="01/03/2015"),
    ),
)  # fmt: skip


def import_kinds(bus: CommandBus) -> list[ImportKind]:
    def plan(rows: Sequence[Row], caller: Principal) -> list[Planned]:
        units = _units(bus, {row.body["unit_id"] for row in rows})
        claims = {f"facility-code:{row.body['code']}" for row in rows}
        taken = {
            claim.partition(":")[2]: stream.partition(":")[2]
            for claim, stream in bus.log.claimed(claims).items()
        }
        known = _facilities(bus, set(taken.values()))
        return [_planned(row, caller, units, taken, known) for row in rows]

    return [
        ImportKind(
            name="facilities",
            vi="Cơ sở công nghiệp",
            en="Industrial facilities",
            roles=frozenset({Role.REGISTRAR}),
            sheets=(FACILITIES,),
            schema=RegisterSchema(),
            plan=plan,
            keys=lambda body: {"/code": body["code"]},
        )
    ]


def _planned(
    row: Row,
    caller: Principal,
    units: Mapping[str, Unit],
    taken: Mapping[str, str],
    known: Mapping[str, Facility],
) -> Planned:
    body: dict[str, Any] = dict(row.body)
    unit_id, occurred_on = body.pop("unit_id"), body.pop("occurred_on")
    details = Details(**typed(body))
    owner = taken.get(details.code)
    if owner is not None and owner != row.id:
        return _compared(known[owner], details, unit_id, occurred_on)
    trouble = _no_place(units.get(unit_id), unit_id, occurred_on, caller)
    if trouble is not None:
        return trouble
    command = Register(facility_id=row.id, details=details, unit_id=unit_id, occurred_on=occurred_on)
    return Work(decider=FACILITY, id=row.id, commands=(command,), context=row.context)


def _no_place(unit: Unit | None, unit_id: str, on: date, caller: Principal) -> Trouble | None:
    if unit is None:
        return Trouble("/unit_id", "no-unit")
    if not unit.exists_on(on):
        until = f" – {unit.valid_to}" if unit.valid_to else ""
        since = unit.valid_from.isoformat()
        return Trouble("/unit_id", "unit-not-on", since=since, until=until, day=on.isoformat())
    return None if caller.may_touch(unit_id) else Trouble("/unit_id", "other-district")


def _compared(facility: Facility, details: Details, unit_id: str, on: date) -> Same | Trouble:
    """An import registers; what is registered already is corrected elsewhere, with a reason."""
    fields = [
        name
        for name in Details.__struct_fields__
        if getattr(facility.details, name) != getattr(details, name)
    ]
    fields += ["unit_id"] if facility.unit.on(on) != unit_id else []
    fields += ["occurred_on"] if facility.registered_on != on else []
    return Trouble("/code", "differs", fields=", ".join(fields)) if fields else Same()


def _units(bus: CommandBus, ids: set[str]) -> dict[str, Unit]:
    return {id_: state for id_, state in _states(bus, UNIT, ids).items() if state is not None}


def _facilities(bus: CommandBus, ids: set[str]) -> dict[str, Facility]:
    return _states(bus, FACILITY, ids)


def _states(bus: CommandBus, decider: Any, ids: set[str]) -> dict[str, Any]:
    loaded = bus.load_many([(decider, id_) for id_ in ids])
    return {id_: loaded[decider.stream(id_)].state for id_ in ids}
