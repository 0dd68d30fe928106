"""The province of the demonstration: its units, the plants, and what the words for them are."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from deploy.sxsh.trouble import Trouble

MARK = "(mô phỏng)"
SOURCE = Path(__file__).parent / "facilities.csv"


@dataclass(frozen=True)
class District:
    """`share` weighs how many plants it has; the centre is approximate."""

    id: str
    code: str
    name: str
    kind: str
    share: int
    latitude: float
    longitude: float


DISTRICTS = (
    District("ninh-binh", "369", "Thành phố Ninh Bình", "city", 22, 20.254, 105.975),
    District("tam-diep", "370", "Thành phố Tam Điệp", "city", 16, 20.156, 105.918),
    District("nho-quan", "372", "Huyện Nho Quan", "district", 9, 20.322, 105.751),
    District("gia-vien", "373", "Huyện Gia Viễn", "district", 12, 20.331, 105.852),
    District("hoa-lu", "374", "Huyện Hoa Lư", "district", 12, 20.293, 105.922),
    District("yen-khanh", "375", "Huyện Yên Khánh", "district", 13, 20.198, 106.069),
    District("kim-son", "376", "Huyện Kim Sơn", "district", 9, 20.092, 106.094),
    District("yen-mo", "377", "Huyện Yên Mô", "district", 7, 20.161, 105.999),
)

TRADES = {
    "01": "Trang trại", "08": "Khai thác đá", "10": "Chế biến thực phẩm", "11": "Sản xuất đồ uống",
    "13": "Dệt", "14": "May mặc", "15": "Da giày", "16": "Chế biến gỗ", "17": "Giấy", "18": "In",
    "19": "Than cốc và dầu", "20": "Hóa chất", "22": "Nhựa và cao su", "23": "Vật liệu xây dựng",
    "24": "Kim loại", "25": "Cơ khí", "26": "Điện tử", "27": "Thiết bị điện", "28": "Máy móc",
    "29": "Phụ tùng ô tô", "31": "Đồ gỗ nội thất", "32": "Thủ công mỹ nghệ", "33": "Sửa chữa máy",
    "35": "Nhiệt điện",
}  # fmt: skip

FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Đinh")
GIVEN = ("An", "Bình", "Cường", "Dung", "Hà", "Hương", "Khánh", "Lan", "Minh", "Ngọc", "Phúc", "Thảo")


@cache
def plants() -> tuple[dict[str, str], ...]:
    """The lines of `facilities.csv`."""
    with SOURCE.open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))


def plant(number: int) -> dict[str, str]:
    """That of facility `number` (from 1). Raises `Trouble` when there are not so many."""
    try:
        return plants()[number - 1]
    except IndexError:
        raise Trouble(
            f"The demonstration knows {len(plants())} facilities, not {number}. Ask for fewer."
        ) from None
