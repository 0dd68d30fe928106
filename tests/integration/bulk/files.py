"""Files as people send them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook

FACILITY_HEADS = (
    "Mã cơ sở", "Tên cơ sở", "Loại hình", "Phiên bản VSIC", "Mã ngành", "Mã số thuế", "Số lao động",
    "Sản phẩm", "Vĩ độ", "Kinh độ", "Đơn vị hành chính", "Từ ngày",
)  # fmt: skip


def facility_row(number: int, **changes: Any) -> list[Any]:
    """The cells under `FACILITY_HEADS`; `changes` by the key of the column."""
    cells = {
        "code": f"NB-{number:05}",
        "name": f"Gạch Đông Sơn số {number}",
        "kind": "Doanh nghiệp",
        "vsic": 2018,
        "industry": "23921",
        "tax_code": f"27{number:08}",
        "employees": number % 300,
        "products": "Gạch nung (1000 viên); Ngói (viên)",
        "latitude": "20,25",
        "longitude": 105.97,
        "unit": "nho-quan",
        "since": "01/03/2015",
    }
    return list({**cells, **changes}.values())


def xlsx(sheets: Mapping[str, Iterable[Sequence[Any]]]) -> bytes:
    book = Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def csv_text(rows: Iterable[Sequence[Any]], delimiter: str = ",", bom: bool = False) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode("utf-8-sig" if bom else "utf-8")
