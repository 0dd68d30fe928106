"""The four sheets of a file of assessments."""

from __future__ import annotations

from services.audits.domain.measurement import RESOURCES
from services.eventkit.bulk import Column, Sheet
from services.eventkit.bulk.cells import choice, day, quantity, several, whole

_METHODS = {"quick": ("nhanh", "đánh giá nhanh"), "detailed": ("chi tiết", "đánh giá chi tiết")}
_BASES = {"metered": ("đo", "theo đồng hồ"), "estimated": ("ước tính",)}
_CLASSES: dict[str, tuple[str, ...]] = {
    "good-housekeeping": ("quản lý nội vi",),
    "input-change": ("thay đổi nguyên liệu đầu vào",),
    "process-control": ("kiểm soát quá trình tốt hơn",),
    "equipment-modification": ("cải tiến thiết bị",),
    "technology-change": ("thay đổi công nghệ",),
    "on-site-recovery": ("thu hồi và tái sử dụng tại chỗ",),
    "by-product": ("sản xuất sản phẩm phụ hữu ích",),
    "product-modification": ("cải tiến sản phẩm",),
}
_RESOURCES: dict[str, tuple[str, ...]] = dict.fromkeys(RESOURCES, ())
_REFERENCE = Column(
    "reference", "/reference", "Số tham chiếu", "Reference", required=True, example="1",
    help_vi="nối các trang tính với nhau; không được lưu", help_en="joins the sheets; it is not kept",
)  # fmt: skip

SHEETS = (
    Sheet(
        "assessments", "Đánh giá", "Assessments",
        (
            _REFERENCE,
            Column("facility", "/facility_id", "Cơ sở", "Facility", required=True, example="NB-001",
                   help_vi="mã cơ sở hoặc mã số thuế", help_en="its code or tax code"),
            Column("method", "/method", "Phương pháp", "Method", choice(_METHODS), required=True,
                   example="nhanh", help_vi="nhanh hoặc chi tiết", help_en="quick or detailed"),
            Column("opened", "/occurred_on", "Ngày bắt đầu", "Opened on", day, required=True,
                   example="01/02/2018"),
            Column("start", "/period/start", "Kỳ gốc từ ngày", "Baseline from", day, required=True,
                   example="01/01/2017"),
            Column("end", "/period/end", "Kỳ gốc đến ngày", "Baseline to", day, required=True,
                   example="31/12/2017", help_vi="tính cả ngày này", help_en="this day included"),
        ),
    ),
    Sheet(
        "products", "Sản phẩm", "Products",
        (
            _REFERENCE,
            Column("code", "/code", "Mã sản phẩm", "Code", required=True, example="gach",
                   help_vi="như nhau trong mọi kỳ", help_en="the same in every period"),
            Column("name", "/name", "Tên sản phẩm", "Name", required=True, example="Gạch nung"),
            Column("unit", "/unit", "Đơn vị", "Unit", required=True, example="1000 viên"),
            Column("output", "/output", "Sản lượng", "Output", quantity, required=True, example="9000"),
            Column("equivalence", "/equivalence", "Hệ số quy đổi", "Equivalence", quantity, example="1,5"),
        ),
        joins="reference", listed="products",
    ),
    Sheet(
        "flows", "Tiêu thụ", "Flows",
        (
            _REFERENCE,
            Column("resource", "/resource", "Tài nguyên", "Resource", choice(_RESOURCES), required=True,
                   example="electricity", help_vi=", ".join(RESOURCES), help_en=", ".join(RESOURCES)),
            Column("name", "/name", "Tên nguyên liệu", "Material"),
            Column("quantity", "/quantity", "Lượng", "Quantity", quantity, required=True, example="81000,5"),
            Column("unit", "/unit", "Đơn vị", "Unit", required=True, example="kWh"),
            Column("basis", "/basis", "Cơ sở số liệu", "Basis", choice(_BASES), required=True, example="đo",
                   help_vi="đo hoặc ước tính", help_en="metered or estimated"),
            Column("cost", "/cost_vnd", "Chi phí (đồng)", "Cost (VND)", whole, example="130000000"),
            Column("product", "/product", "Mã sản phẩm", "Product", example="gach",
                   help_vi="chỉ khi đồng hồ phục vụ riêng một sản phẩm",
                   help_en="when the meter serves one product alone"),
        ),
        joins="reference", listed="flows",
    ),
    Sheet(
        "options", "Giải pháp", "Options",
        (
            _REFERENCE,
            Column("class", "/option_class", "Nhóm giải pháp", "Class", choice(_CLASSES), required=True,
                   example="process-control", help_vi=", ".join(words[0] for words in _CLASSES.values()),
                   help_en=", ".join(_CLASSES)),
            Column("title", "/title", "Tên giải pháp", "Title", required=True,
                   example="Sấy gạch bằng nhiệt thải của lò"),
            Column("resources", "/resources", "Tài nguyên tiết kiệm", "Resources", several(_RESOURCES),
                   required=True, example="coal-5-6; electricity",
                   help_vi="cách nhau bằng dấu chấm phẩy", help_en="parted by semicolons"),
            Column("investment", "/investment_vnd", "Đầu tư (đồng)", "Investment (VND)", whole,
                   example="90000000"),
            Column("saving", "/yearly_saving_vnd", "Tiết kiệm mỗi năm (đồng)", "Yearly saving (VND)", whole,
                   example="45000000"),
            Column("on", "/occurred_on", "Ngày đề xuất", "Proposed on", day, required=True,
                   example="20/02/2018"),
        ),
        joins="reference", listed="options",
    ),
)  # fmt: skip
